using System.Runtime.InteropServices;

namespace Tda.Scoring.Index.Shards;

/// <summary>
/// What was checked of a shard since its store was opened, so that every byte is checked once, when it is first needed: the files that
/// describe rows by the manifest's hashes, rows by the checksums beside them, a group at a time while it is in the cache. Threads may
/// share it; two that meet at a group check it both.
/// </summary>
/// <param name="directory">Where the shard is.</param>
/// <param name="hashes">SHA-256 by file name; a file without one (just written) is taken as it is.</param>
internal sealed class ShardChecks(string directory, IReadOnlyDictionary<string, string>? hashes)
{
    private const int GroupBytes = 1 << 19;

    private readonly HashSet<string> _files = new(StringComparer.Ordinal);
    private bool[] _groups = [];

    /// <summary>Rows that are checked together: no more than are decoded together, of which LoRIF's take more room than stored.</summary>
    public static int GroupRows(StoreLayout layout) => Math.Max(1, GroupBytes / Math.Max(1, Math.Max(layout.RowBytes, layout.Length)));

    /// <summary>Checks a file's hash, the first time it is asked for.</summary>
    /// <exception cref="BadInputException">The file was changed or damaged.</exception>
    public void RequireFile(string name)
    {
        lock (_files)
        {
            if (_files.Contains(name))
            {
                return;
            }

            if (hashes?.GetValueOrDefault(name) is { } expected)
            {
                Hashing.RequireFile(Path.Combine(directory, name), expected);
            }

            _files.Add(name);
        }
    }

    /// <summary>Makes room for the groups of so many rows.</summary>
    public void Expect(int rows, StoreLayout layout)
    {
        var needed = (rows + GroupRows(layout) - 1) / GroupRows(layout);
        lock (_files)
        {
            if (_groups.Length != needed)
            {
                _groups = new bool[needed];
            }
        }
    }

    /// <summary>Whether a group of rows was found whole before.</summary>
    public bool IsWhole(int group) => Volatile.Read(ref _groups[group]);

    /// <summary>Notes that it is.</summary>
    public void MarkWhole(int group) => Volatile.Write(ref _groups[group], true);
}

/// <summary>CRC-32C of a row's stored bytes and scales.</summary>
internal static class RowChecksum
{
    public static uint Of(ReadOnlySpan<byte> row, ReadOnlySpan<float> scales) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, row), MemoryMarshal.AsBytes(scales)));

    /// <summary>The first row whose checksum isn't the expected one; -1 where all are.</summary>
    /// <param name="rows">Rows one after the other.</param>
    /// <param name="scales">Their scales; empty where there are none.</param>
    /// <param name="expected">One a row.</param>
    public static int FirstDamaged(ReadOnlySpan<byte> rows, ReadOnlySpan<float> scales, ReadOnlySpan<uint> expected)
    {
        if (expected.IsEmpty)
        {
            return -1;
        }

        var (length, scaleCount) = (rows.Length / expected.Length, scales.Length / expected.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (Of(rows.Slice(i * length, length), scales.Slice(i * scaleCount, scaleCount)) != expected[i])
            {
                return i;
            }
        }

        return -1;
    }
}
