namespace Tda.Core.Arrays;

/// <summary>A safetensors file, memory-mapped and read-only. Spans are valid until it is disposed of.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header)
    {
        _file = file;
        _header = header;
    }

    public string Path => _file.Path;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <exception cref="BadInputException">Truncated, corrupt or not safetensors; with path, offset and reason.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            return new SafetensorsFile(file, SafetensorsHeader.Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <exception cref="BadInputException">No such tensor.</exception>
    public SafetensorsEntry Entry(string name) =>
        Entries.TryGetValue(name, out var entry) ? entry : throw new BadInputException(Path, $"there is no tensor '{name}'");

    /// <summary>A run of a tensor's bytes, which are little-endian, in C order.</summary>
    /// <exception cref="BadInputException">No such tensor.</exception>
    public ReadOnlySpan<byte> Bytes(string name, long start, int length)
    {
        var entry = Entry(name);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, entry.End - entry.Begin - start);
        return _file.Span<byte>(_header.DataOffset + entry.Begin + start, length);
    }

    /// <summary>A tensor's bytes, read from the file and not through the map, whose pages would count as memory of the process.</summary>
    /// <exception cref="BadInputException">No such tensor, or the file can't be opened.</exception>
    public Stream OpenData(string name)
    {
        var entry = Entry(name);
        try
        {
            return new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0) { Position = _header.DataOffset + entry.Begin };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(Path, $"can't be opened: {error.Message}", inner: error);
        }
    }

    /// <summary>A tensor's elements.</summary>
    /// <exception cref="BadInputException">No such tensor, or its elements aren't of type <typeparamref name="T"/>.</exception>
    public ReadOnlySpan<T> Span<T>(string name)
        where T : unmanaged
    {
        var entry = Entry(name);
        var wanted = SafetensorsDType.Of<T>();
        if (entry.DType != wanted)
        {
            throw new BadInputException(Path, $"tensor '{name}' is of type {entry.DType}; {wanted} was expected");
        }

        return _file.Span<T>(_header.DataOffset + entry.Begin, checked((int)entry.Elements));
    }

    /// <summary>Copies a tensor's elements.</summary>
    /// <exception cref="BadInputException">No such tensor, another element type, or another number of elements.</exception>
    public void CopyTo<T>(string name, Span<T> destination)
        where T : unmanaged
    {
        var source = Span<T>(name);
        if (source.Length != destination.Length)
        {
            throw new BadInputException(Path, $"tensor '{name}' has {source.Length} elements; {destination.Length} were expected");
        }

        source.CopyTo(destination);
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="DType">Element type as the format spells it, such as F32.</param>
/// <param name="Shape">Sizes; none for a scalar.</param>
/// <param name="Begin">First byte, from the start of the data.</param>
/// <param name="End">One past the last byte.</param>
public sealed record SafetensorsEntry(string DType, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}

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
