using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tda.Scoring.Attribution.Runs;

/// <summary>
/// Scores that come document by document and are read target by target, kept in a file: memory is a block and one row, however many
/// targets there are. Beside that a flag a document. The file is gone with the process, however that ends.
/// </summary>
internal sealed class SpilledScores : IScoreRows, IDisposable
{
    private const int BlockBytes = 4 << 20;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly bool[] _scored;
    private readonly float[] _block; // (targets, width): consecutive documents, already in the file's order
    private readonly float[] _row;
    private readonly int _width;
    private int _first = -1;
    private int _last = -1;

    /// <summary>Nothing scored yet.</summary>
    /// <param name="path">A file that is free to be used and thrown away.</param>
    /// <param name="targets">Number of targets.</param>
    /// <param name="documents">Number of documents.</param>
    /// <param name="blockBytes">Bytes that are gathered before they are written.</param>
    /// <exception cref="TdaException">The file can't be made.</exception>
    public SpilledScores(string path, int targets, int documents, int blockBytes = BlockBytes)
    {
        (_path, Targets, Documents) = (path, targets, documents);
        _width = Math.Clamp(blockBytes / sizeof(float) / Math.Max(1, targets), 1, Math.Max(1, documents));
        (_scored, _block, _row) = (new bool[documents], new float[checked(targets * _width)], new float[documents]);
        SafeFileHandle? opened = null;
        Guard(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            opened = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Delete);
            File.Delete(path); // a file without a name lives as long as its handle
        });
        _file = opened!;
    }

    /// <inheritdoc/>
    public int Targets { get; }

    /// <inheritdoc/>
    public int Documents { get; }

    /// <summary>Takes a document's scores, one a target; documents in ascending order.</summary>
    /// <exception cref="TdaException">The disk is full.</exception>
    public void Add(int document, ReadOnlySpan<float> scores)
    {
        if (document <= _last)
        {
            throw new ArgumentException($"document {document} comes after {_last}", nameof(document));
        }

        if (scores.Length != Targets)
        {
            throw new ArgumentException($"{scores.Length} scores for {Targets} targets", nameof(scores));
        }

        if (_first >= 0 && document >= _first + _width)
        {
            Flush();
        }

        if (_first < 0)
        {
            _first = document;
        }

        for (var t = 0; t < scores.Length; t++)
        {
            _block[(t * _width) + document - _first] = scores[t];
        }

        (_scored[document], _last) = (true, document);
    }

    /// <summary>Marks a document as set apart.</summary>
    public void Exclude(int document) => _scored[document] = false;

    /// <inheritdoc/>
    public ReadOnlySpan<float> Row(int target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)target, (uint)Targets, nameof(target));
        if (_first >= 0)
        {
            Flush();
        }

        Guard(() =>
        {
            var bytes = MemoryMarshal.AsBytes(_row.AsSpan());
            var offset = (long)target * bytes.Length;
            // The end of the file may be missing: documents without scores.
            for (int at = 0, read; at < bytes.Length && (read = RandomAccess.Read(_file, bytes[at..], offset + at)) > 0; at += read) { }
        });
        for (var d = 0; d < _row.Length; d++)
        {
            if (!_scored[d])
            {
                _row[d] = float.NaN;
            }
        }
        return _row;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // Documents in between that have no scores are written too, with whatever stands there: they are masked when read.
    private void Flush()
    {
        var count = _last - _first + 1;
        Guard(() =>
        {
            for (var t = 0; t < Targets; t++)
            {
                RandomAccess.Write(_file, MemoryMarshal.AsBytes(_block.AsSpan(t * _width, count)), (((long)t * Documents) + _first) * sizeof(float));
            }
        });
        _first = -1;
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException(
                $"Scores can't be put by in {_path}: {error.Message}. They take {(long)Targets * Documents * sizeof(float):N0} bytes until the run is written, and as many then. Free some space and run the command again.", error);
        }
    }
}
