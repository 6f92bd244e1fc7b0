namespace Tda.Core.Artifacts;

/// <summary>One-call forms of <see cref="AtomicFileWriter"/>: the whole file appears, or what was there stays.</summary>
public static class AtomicFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <exception cref="TdaException">The disk is full or the place can't be written; the previous file is intact.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var writer = new AtomicFileWriter(path);
        writer.Guard(() => write(writer.Stream));
        writer.Commit();
    }

    /// <summary>UTF-8 without a byte-order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Utf8.GetBytes(text)));

    /// <summary>Indented JSON with a final line break.</summary>
    public static void WriteJson<T>(string path, T value) =>
        WriteText(path, JsonSerializer.Serialize(value, JsonDefaults.Indented) + "\n");

    /// <summary>Runs what writes <paramref name="path"/>, turning I/O errors into a message that says what is still intact.</summary>
    internal static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failure(path, error);
        }
    }

    internal static TdaException Failure(string path, Exception error)
    {
        var kept = File.Exists(path) ? " What it held before is intact." : string.Empty;
        return new TdaException($"{path} can't be written: {error.Message.TrimEnd('.')}.{kept} Free some space or choose another place, then run the same command again.", error);
    }
}

/// <summary>
/// Writes a file so that a reader, a kill or a full disk never meets half of it: into <c>path.part</c>, synced, renamed,
/// and the directory synced too, since a rename that is only in memory is lost with the power.
/// </summary>
public sealed class AtomicFileWriter : IDisposable
{
    public const string PartSuffix = ".part";

    private readonly FileStream _stream;
    private bool _finished;

    /// <exception cref="TdaException">The file can't be created, or another process is writing it.</exception>
    public AtomicFileWriter(string path)
    {
        FinalPath = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FinalPath)!);
            _stream = new FileStream(FinalPath + PartSuffix, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failure(FinalPath, error);
        }
    }

    public string FinalPath { get; }

    /// <summary>Where to write. Writers that meet an <see cref="IOException"/> here should go through <see cref="Guard"/>.</summary>
    public Stream Stream => _stream;

    /// <summary>Writes to <see cref="Stream"/>, turning I/O errors into a message that says what is still intact.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (IOException error)
        {
            throw AtomicFile.Failure(FinalPath, error);
        }
    }

    /// <summary>Runs <paramref name="write"/>, turning I/O errors into a message that says what is still intact.</summary>
    public void Guard(Action write) => AtomicFile.Guard(FinalPath, write);

    /// <summary>Syncs and renames. After it returns the file survives a power cut.</summary>
    public void Commit()
    {
        Guard(() =>
        {
            _stream.Flush(flushToDisk: true);
            // Renamed while still locked, so that no other writer can open the partial file in between.
            File.Move(FinalPath + PartSuffix, FinalPath, overwrite: true);
            _finished = true;
            _stream.Dispose();
            DirectorySync.Sync(Path.GetDirectoryName(FinalPath)!);
        });
    }

    /// <summary>Without a commit, removes the partial file; what was at the final path stays.</summary>
    public void Dispose()
    {
        if (_finished)
        {
            return;
        }

        _finished = true;
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // The disk is full and the buffer can't be flushed: the partial file is thrown away next, so nothing is lost.
        }

        File.Delete(FinalPath + PartSuffix);
    }
}
