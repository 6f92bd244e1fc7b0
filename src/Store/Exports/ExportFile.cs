using System.IO.Compression;
using System.Security.Cryptography;

namespace Tda.Store.Exports;

/// <summary>
/// The file of an export in the making. It is written in stretches; a compressed one is a gzip member of its own, so that
/// a resumed export gives the same bytes as one made in one go.
/// </summary>
internal sealed class ExportFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly MemoryStream _stretch = new();
    private readonly bool _compressed;

    /// <exception cref="TdaException">The file can't be written, or another process is writing it.</exception>
    public ExportFile(string path, long keep)
    {
        _path = path;
        _compressed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        FileStream? file = null;
        Guard(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            file = new FileStream(Part, keep > 0 ? FileMode.Open : FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        });
        _file = file!;
        if (keep > 0)
        {
            Guard(() => Reread(keep));
        }
    }

    public string Part => PartOf(_path);

    /// <summary>Bytes written.</summary>
    public long Length => _file.Position;

    public static string PartOf(string path) => path + AtomicFileWriter.PartSuffix;

    public void Write(Exchange exchange)
    {
        JsonSerializer.Serialize(_stretch, exchange, JsonDefaults.Options);
        _stretch.WriteByte((byte)'\n');
        if (!_compressed && _stretch.Length > 1 << 20)
        {
            Guard(Flush); // without compression stretches need not be whole, and large bodies must not pile up
        }
    }

    /// <summary>Ends a stretch; returns once the disk has it.</summary>
    public void Checkpoint() => Guard(() =>
    {
        Flush();
        _file.Flush(flushToDisk: true);
    });

    /// <summary>Gives the file its name, after a <see cref="Checkpoint"/>.</summary>
    public void Commit()
    {
        if (new FileInfo(Part).LinkTarget is not null)
        {
            throw new TdaException($"{_path} can't be written: {Part} is a link. Remove it, then run the same command again.");
        }

        Guard(() =>
        {
            File.Move(Part, _path, overwrite: true);
            DirectorySync.Sync(Path.GetDirectoryName(_path)!);
        });
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    /// <summary>The hash of what was written so far.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    private void Reread(long keep)
    {
        _file.SetLength(keep);
        _file.Position = 0;
        var buffer = new byte[1 << 16];
        while (_file.Read(buffer) is var read and > 0)
        {
            _hash.AppendData(buffer, 0, read);
        }
    }

    private void Flush()
    {
        if (_stretch.Length == 0)
        {
            return;
        }

        var bytes = _stretch.GetBuffer().AsSpan(0, (int)_stretch.Length);
        if (_compressed)
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            {
                gzip.Write(bytes);
            }

            bytes = packed.GetBuffer().AsSpan(0, (int)packed.Length);
        }

        _file.Write(bytes);
        _hash.AppendData(bytes);
        _stretch.SetLength(0);
    }

    private void Guard(Action write) => AtomicFile.Guard(_path, write);
}
