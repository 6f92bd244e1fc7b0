using System.Collections.Frozen;
using Tda.Core.Arrays;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Tensors to and from safetensors files, one copy of the data each way.</summary>
public static class TensorFiles
{
    /// <summary>Reads all tensors of a file. They belong to the current dispose scope, like any tensor made there.</summary>
    /// <exception cref="BadInputException">The file is missing, truncated, corrupt, or of a type that tensors don't have.</exception>
    public static Dictionary<string, Tensor> Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var tensors = new Dictionary<string, Tensor>(file.Entries.Count, StringComparer.Ordinal);
        foreach ((var name, var entry) in file.Entries)
        {
            tensors[name] = TensorTypes.ByName.TryGetValue(entry.DType, out var type)
                ? HostMemory.Read((start, length) => file.Bytes(name, start, length), [.. entry.Shape], type)
                : throw new BadInputException(file.Path, $"tensor '{name}' has the element type {entry.DType}, which tensors don't have");
        }

        return tensors;
    }

    /// <summary>Writes tensors of any device and strides; what was at <paramref name="path"/> stays until all is written.</summary>
    /// <exception cref="TdaException">The file can't be written.</exception>
    public static void Save(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, tensors.Select(pair => new SafetensorsTensor(
            pair.Key, TensorTypes.NameOf(pair.Value.dtype), pair.Value.shape, stream => HostMemory.Write(pair.Value, stream))), metadata);
}

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

    /// <summary>Whether its numbers may have a fraction.</summary>
    public static bool IsFloating(ScalarType type) => type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16;

    /// <exception cref="NotSupportedException">Files have no such type.</exception>
    public static string NameOf(ScalarType type) => ByName.FirstOrDefault(entry => entry.Value == type).Key
        ?? throw new NotSupportedException($"Tensors of {type} can't be written to a safetensors file.");
}

/// <summary>Moves bytes between host memory and tensors, in parts where a span is too short.</summary>
internal static class HostMemory
{
    /// <summary>Bytes moved at once; divisible by every element size.</summary>
    private const int Part = 1 << 30;

    internal delegate ReadOnlySpan<byte> Source(long start, int length);

    /// <summary>Row-major bytes into a new tensor.</summary>
    internal static Tensor Read(Source source, long[] shape, ScalarType type)
    {
        var host = empty(shape, type);
        var flat = host.view(-1);
        var size = (int)host.element_size();
        for (long done = 0, total = host.numel() * size; done < total; done += Part)
        {
            var length = (int)Math.Min(Part, total - done);
            using var part = flat.narrow(0, done / size, length / size);
            source(done, length).CopyTo(part.bytes);
        }
        flat.Dispose();
        return host;
    }

    /// <summary>The next bytes of a stream, row-major, into a contiguous tensor on the host.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    internal static void Read(Stream stream, Tensor host)
    {
        using var flat = host.view(-1);
        var size = (int)host.element_size();
        for (long done = 0, total = host.numel() * size; done < total; done += Part)
        {
            using var part = flat.narrow(0, done / size, Math.Min(Part, total - done) / size);
            stream.ReadExactly(part.bytes);
        }
    }

    /// <summary>A tensor's elements, row-major, into a stream. Only strided or device tensors are copied first.</summary>
    internal static void Write(Tensor tensor, Stream stream)
    {
        using var outer = NewDisposeScope();
        using var mode = no_grad();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        var size = (int)tensor.element_size();
        for (long done = 0, total = flat.numel() * size; done < total; done += Part)
        {
            using var part = flat.narrow(0, done / size, Math.Min(Part, total - done) / size);
            stream.Write(part.bytes);
        }
    }
}
