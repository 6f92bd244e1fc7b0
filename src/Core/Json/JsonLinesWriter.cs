using System.IO.Compression;
using System.Text.Json;
using Tda.Core.Artifacts;

namespace Tda.Core.Json;

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
        _compressed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        _stream = _compressed ? new GZipStream(_file.Stream, CompressionLevel.Optimal, leaveOpen: true) : _file.Stream;
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

    public void Dispose() => _file.Dispose();
}
