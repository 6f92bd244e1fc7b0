namespace Tda.Core.Json;

/// <summary>JSON Lines files: one JSON value a line, UTF-8, blank lines allowed, compressed by gzip or zstd when the data says so.</summary>
public static class JsonLines
{
    /// <summary>Reads the values one at a time.</summary>
    /// <exception cref="BadInputException">On the first line that isn't a <typeparamref name="T"/>, with path, line and byte offset.</exception>
    public static IEnumerable<T> Read<T>(string path)
        where T : notnull => ReadLines<T>(path).Select(line => line.Value);

    /// <summary>Like <see cref="Read{T}"/>, with each value's line number and byte offset.</summary>
    /// <exception cref="BadInputException">On the first line that isn't a <typeparamref name="T"/>.</exception>
    public static IEnumerable<JsonLine<T>> ReadLines<T>(string path)
        where T : notnull
    {
        using var lines = new LineReader(path);
        while (lines.Next())
        {
            if (!lines.IsBlank)
            {
                yield return new JsonLine<T>(Parse<T>(path, lines), lines.Number, lines.Offset);
            }
        }
    }

    /// <summary>Opens a writer; nothing appears at <paramref name="path"/> before its Commit. A path ending in .gz or .zst is compressed.</summary>
    public static JsonLinesWriter Writer(string path) => new(path);

    /// <summary>Writes all values, or leaves what was at <paramref name="path"/> untouched. A path ending in .gz or .zst is compressed.</summary>
    public static void Write<T>(string path, IEnumerable<T> values)
    {
        using var writer = Writer(path);
        foreach (var value in values)
        {
            writer.Write(value);
        }

        writer.Commit();
    }

    private static T Parse<T>(string path, LineReader lines)
        where T : notnull
    {
        try
        {
            return JsonSerializer.Deserialize<T>(lines.Line.Span, JsonDefaults.Options)
                ?? throw new BadInputException(path, "is null; an object was expected", lines.Offset, line: lines.Number);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: bytes that aren't UTF-8, or a lone surrogate, inside a string.
            var offset = lines.Offset + ((error as JsonException)?.BytePositionInLine ?? 0);
            throw new BadInputException(path, JsonFault.Describe(error, lines.Line.Span, typeof(T)), offset, inner: error, line: lines.Number);
        }
    }
}

/// <summary>A value read from a JSON Lines file and where it stood.</summary>
/// <param name="Value">The value.</param>
/// <param name="Number">Line number, from 1.</param>
/// <param name="Offset">Byte offset of the line's start, in the decompressed data of a gzip file.</param>
public readonly record struct JsonLine<T>(T Value, long Number, long Offset);

/// <summary>
/// Writes one JSON value a line into <c>path.part</c>; <see cref="Commit"/> makes it durable and visible at once.
/// Disposed without a commit it leaves what was there before.
/// </summary>
public sealed class JsonLinesWriter : IDisposable
{
    private readonly AtomicFileWriter _file;
    private readonly Stream _stream;
    private readonly bool _compressed;

    internal JsonLinesWriter(string path)
    {
        _file = new AtomicFileWriter(path);
        var compressing = CompressedFile.Compressing(path, _file.Stream);
        _compressed = compressing is not null;
        _stream = compressing ?? _file.Stream;
    }

    /// <summary>Lines written.</summary>
    public long Count { get; private set; }

    public void Write<T>(T value)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(value, JsonDefaults.Options);
        _file.Guard(() =>
        {
            _stream.Write(line);
            _stream.WriteByte((byte)'\n');
        });
        Count++;
    }

    public void Commit()
    {
        if (_compressed)
        {
            _file.Guard(_stream.Dispose);
        }

        _file.Commit();
    }

    public void Dispose()
    {
        try
        {
            _stream.Dispose(); // the compressor holds native memory of its own
        }
        catch (IOException)
        {
            // A full disk: what was written is thrown away in any case.
        }

        _file.Dispose();
    }
}
