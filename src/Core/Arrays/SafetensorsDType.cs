namespace Tda.Core.Arrays;

/// <summary>Element types of the safetensors format.</summary>
public static class SafetensorsDType
{
    private static readonly Dictionary<string, int> Sizes = new(StringComparer.Ordinal)
    {
        ["F64"] = 8,
        ["F32"] = 4,
        ["F16"] = 2,
        ["BF16"] = 2,
        ["I64"] = 8,
        ["I32"] = 4,
        ["I16"] = 2,
        ["I8"] = 1,
        ["U8"] = 1,
        ["BOOL"] = 1,
    };

    /// <summary>Bytes an element, or null for a type that Tda doesn't know. An unknown type is never read as another.</summary>
    public static int? SizeOf(string dtype) => Sizes.TryGetValue(dtype, out var size) ? size : null;

    /// <summary>The type of <typeparamref name="T"/> elements. BF16 has no C# type: read its bytes.</summary>
    /// <exception cref="NotSupportedException">No element type corresponds.</exception>
    public static string Of<T>()
        where T : unmanaged => default(T) switch
        {
            double => "F64",
            float => "F32",
            Half => "F16",
            long => "I64",
            int => "I32",
            short => "I16",
            sbyte => "I8",
            byte => "U8",
            bool => "BOOL",
            _ => throw new NotSupportedException($"safetensors files of {typeof(T).Name} are not supported"),
        };
}
