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

    /// <summary>The bytes of a tensor of up to 2 GiB, little-endian, in C order.</summary>
    /// <exception cref="BadInputException">No such tensor.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var entry = Entry(name);
        return _file.Bytes(_header.DataOffset + entry.Begin, checked((int)(entry.End - entry.Begin)));
    }

    /// <summary>A run of a tensor's bytes, for tensors above 2 GiB.</summary>
    /// <exception cref="BadInputException">No such tensor.</exception>
    public ReadOnlySpan<byte> Bytes(string name, long start, int length)
    {
        var entry = Entry(name);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, entry.End - entry.Begin - start);
        return _file.Bytes(_header.DataOffset + entry.Begin + start, length);
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
