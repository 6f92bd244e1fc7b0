using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tda.Scoring.Methods;

namespace Tda.Scoring.Attribution.Runs;

/// <summary>
/// Scores that come document by document and are read target by target, kept in a file: memory is a block and one row, however many
/// targets there are. Beside that a flag a document. The file is gone with the process, however that ends.
/// </summary>
internal sealed class SpilledScores : IScoreRows, IDisposable
{
    private const int BlockBytes = 4 << 20;

    private readonly string path;
    private readonly SafeFileHandle file;
    private readonly bool[] scored;
    private readonly float[] block; // (targets, width): consecutive documents, already in the file's order
    private readonly float[] row;
    private readonly int width;
    private int first = -1;
    private int last = -1;

    /// <summary>Nothing scored yet.</summary>
    /// <param name="path">A file that is free to be used and thrown away.</param>
    /// <param name="targets">Number of targets.</param>
    /// <param name="documents">Number of documents.</param>
    /// <param name="blockBytes">Bytes that are gathered before they are written.</param>
    /// <exception cref="TdaException">The file can't be made.</exception>
    public SpilledScores(string path, int targets, int documents, int blockBytes = BlockBytes)
    {
        (this.path, Targets, Documents) = (path, targets, documents);
        width = Math.Clamp(blockBytes / sizeof(float) / Math.Max(1, targets), 1, Math.Max(1, documents));
        (scored, block, row) = (new bool[documents], new float[checked(targets * width)], new float[documents]);
        file = Guard(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
            var opened = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Delete, options);
            // A file without a name lives as long as its handle.
            if (!OperatingSystem.IsWindows())
            {
                File.Delete(path);
            }

            return opened;
        });
    }

    /// <inheritdoc/>
    public int Targets { get; }

    /// <inheritdoc/>
    public int Documents { get; }

    /// <summary>Takes a document's scores, one a target; documents in ascending order.</summary>
    /// <exception cref="TdaException">The disk is full.</exception>
    public void Add(int document, ReadOnlySpan<float> scores)
    {
        if (document <= last)
        {
            throw new ArgumentException($"document {document} comes after {last}", nameof(document));
        }

        if (scores.Length != Targets)
        {
            throw new ArgumentException($"{scores.Length} scores for {Targets} targets", nameof(scores));
        }

        if (first >= 0 && document >= first + width)
        {
            Flush();
        }

        if (first < 0)
        {
            first = document;
        }

        for (var t = 0; t < scores.Length; t++)
        {
            block[(t * width) + document - first] = scores[t];
        }

        (scored[document], last) = (true, document);
    }

    /// <inheritdoc/>
    public void Exclude(int document) => scored[document] = false;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Row(int target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)target, (uint)Targets, nameof(target));
        if (first >= 0)
        {
            Flush();
        }

        Guard(() =>
        {
            var bytes = MemoryMarshal.AsBytes(row.AsSpan());
            var offset = (long)target * bytes.Length;
            // The end of the file may be missing: documents without scores.
            for (int at = 0, read; at < bytes.Length && (read = RandomAccess.Read(file, bytes[at..], offset + at)) > 0; at += read) { }
            return true;
        });
        for (var d = 0; d < row.Length; d++)
        {
            if (!scored[d])
            {
                row[d] = float.NaN;
            }
        }
        return row;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    // Documents in between that have no scores are written too, with whatever stands there: they are masked when read.
    private void Flush()
    {
        var count = last - first + 1;
        Guard(() =>
        {
            for (var t = 0; t < Targets; t++)
            {
                RandomAccess.Write(file, MemoryMarshal.AsBytes(block.AsSpan(t * width, count)), (((long)t * Documents) + first) * sizeof(float));
            }

            return true;
        });
        first = -1;
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException(
                $"Scores can't be put by in {path}: {error.Message}. They take {(long)Targets * Documents * sizeof(float):N0} bytes until the run is written, and as many then. Free some space and run the command again.", error);
        }
    }
}
