using System.Runtime.InteropServices;

namespace Tda.Curation.Deduplication;

/// <summary>
/// The hashes of documents that are to be compared, in a file of the temporary folder that goes with the process: 8 bytes a hash, so the n-grams
/// of a text take about as much as the text. Memory holds 12 bytes a document.
/// </summary>
internal sealed class HashFile : IDisposable
{
    private const int BufferBytes = 1 << 20;

    private readonly string _folder;
    private readonly FileStream _file;
    private readonly long[] _offsets;
    private readonly int[] _counts;
    private readonly Lock _writing = new();

    /// <param name="documents">Documents of the corpus.</param>
    /// <param name="folder">Where the file is; null: the system's temporary folder.</param>
    /// <exception cref="TdaException">The folder can't be written to.</exception>
    public HashFile(int documents, string? folder = null)
    {
        _offsets = new long[documents];
        _counts = new int[documents];
        _folder = folder ?? Path.GetTempPath();
        var path = Path.Combine(_folder, $"tda-hashes-{Guid.NewGuid():N}");
        try
        {
            _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferBytes, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failure(error);
        }
    }

    /// <summary>Adds a document's hashes. Safe from several threads.</summary>
    /// <exception cref="TdaException">The disk is full.</exception>
    public void Add(int document, ReadOnlySpan<ulong> hashes)
    {
        lock (_writing)
        {
            (_offsets[document], _counts[document]) = (_file.Position, hashes.Length);
            try
            {
                _file.Write(MemoryMarshal.AsBytes(hashes));
            }
            catch (IOException error)
            {
                throw Failure(error);
            }
        }
    }

    /// <summary>After the last document, before the first is read.</summary>
    /// <exception cref="TdaException">The disk is full.</exception>
    public void Close()
    {
        try
        {
            _file.Flush();
        }
        catch (IOException error)
        {
            throw Failure(error);
        }
    }

    /// <summary>How many hashes a document has; 0 of one that was not added.</summary>
    public int Count(int document) => _counts[document];

    /// <summary>A document's hashes, as they were added.</summary>
    /// <param name="document">The document.</param>
    /// <param name="buffer">Is made larger where need be; the result is part of it.</param>
    public ReadOnlySpan<ulong> Read(int document, scoped ref ulong[] buffer)
    {
        var count = _counts[document];
        if (buffer.Length < count)
        {
            buffer = new ulong[Math.Max(count, 2 * buffer.Length)];
        }

        var bytes = MemoryMarshal.AsBytes(buffer.AsSpan(0, count));
        for (var done = 0; done < bytes.Length;)
        {
            done += RandomAccess.Read(_file.SafeFileHandle, bytes[done..], _offsets[document] + done) is > 0 and var read
                ? read
                : throw new TdaException($"The temporary file {_file.Name} was cut while it was read.");
        }

        return buffer.AsSpan(0, count);
    }

    public void Dispose()
    {
        try
        {
            _file.Dispose();
        }
        catch (IOException)
        {
            // The disk is full and what was buffered can't be written: nobody needs it any more.
        }
    }

    private TdaException Failure(Exception error) => new(
        $"The temporary folder {_folder} can't be written: {error.Message.TrimEnd('.')}. Free some space, or set TMPDIR to a folder that has some, then run the same command again.", error);
}
