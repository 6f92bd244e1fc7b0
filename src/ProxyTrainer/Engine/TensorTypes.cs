using System.Collections.Frozen;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Element types by the names that safetensors files give them.</summary>
public static class TensorTypes
{
    public static FrozenDictionary<string, ScalarType> ByName { get; } = new Dictionary<string, ScalarType>
    {
        ["F64"] = ScalarType.Float64,
        ["F32"] = ScalarType.Float32,
        ["F16"] = ScalarType.Float16,
        ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64,
        ["I32"] = ScalarType.Int32,
        ["I16"] = ScalarType.Int16,
        ["I8"] = ScalarType.Int8,
        ["U8"] = ScalarType.Byte,
        ["BOOL"] = ScalarType.Bool,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="NotSupportedException">Files have no such type.</exception>
    public static string NameOf(ScalarType type)
    {
        foreach (var (name, candidate) in ByName)
        {
            if (candidate == type)
            {
                return name;
            }
        }
        throw new NotSupportedException($"Tensors of {type} can't be written to a safetensors file.");
    }
}
