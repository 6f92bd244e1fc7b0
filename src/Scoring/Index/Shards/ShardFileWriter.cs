using System.Runtime.InteropServices;
using Tda.Core.Arrays;

namespace Tda.Scoring.Index.Shards;

/// <summary>Writes a shard's files row by row. They appear at the commit, the numbers last: a shard is there when its numbers are.</summary>
internal sealed class ShardFileWriter : IDisposable
{
    private readonly Func<string, string> _pathOf;
    private readonly int _shard;
    private readonly StoreLayout _layout;
    private readonly NpyWriter<float>? _singles;
    private readonly NpyWriter<Half>? _halves;
    private readonly NpyWriter<sbyte>? _bytes;
    private readonly List<IndexRow> _rows = [];
    private readonly List<uint> _checksums = [];
    private readonly List<float> _scales = [];
    private readonly byte[] _buffer;

    public ShardFileWriter(Func<string, string> pathOf, int shard, StoreLayout layout)
    {
        (_pathOf, _shard, _layout) = (pathOf, shard, layout);
        _buffer = new byte[layout.RowBytes];
        var path = pathOf(ShardNames.Numbers(shard));
        switch (layout.Storage)
        {
            case StorageType.Float16: _halves = new(path, layout.Numbers); break;
            case StorageType.Int8: _bytes = new(path, layout.Numbers); break;
            default: _singles = new(path, layout.Numbers); break;
        }
    }

    /// <summary>Rows so far.</summary>
    public int Rows => _rows.Count;

    /// <summary>Appends numbers in single precision: a gradient, or LoRIF's factors of it.</summary>
    public void Append(IndexRow row, ReadOnlySpan<float> values)
    {
        switch (_layout.Storage)
        {
            case StorageType.Float16:
                RowCodec.Encode(values, MemoryMarshal.Cast<byte, Half>(_buffer.AsSpan()));
                AppendRaw(row, _buffer, []);
                break;
            case StorageType.Int8:
                var own = _layout.ScaleCount <= 256 ? stackalloc float[_layout.ScaleCount] : new float[_layout.ScaleCount];
                var bytes = MemoryMarshal.Cast<byte, sbyte>(_buffer.AsSpan());
                for (int m = 0, at = 0; m < own.Length; at += _layout.Modules[m++].Length)
                {
                    own[m] = RowCodec.Encode(values.Slice(at, _layout.Modules[m].Length), bytes.Slice(at, _layout.Modules[m].Length));
                }

                AppendRaw(row, _buffer, own);
                break;
            default:
                AppendRaw(row, MemoryMarshal.AsBytes(values), []);
                break;
        }
    }

    /// <summary>Appends a row as another shard of the same layout holds it.</summary>
    public void AppendRaw(IndexRow row, ReadOnlySpan<byte> stored, ReadOnlySpan<float> rowScales)
    {
        _singles?.Append(MemoryMarshal.Cast<byte, float>(stored));
        _halves?.Append(MemoryMarshal.Cast<byte, Half>(stored));
        _bytes?.Append(MemoryMarshal.Cast<byte, sbyte>(stored));
        _scales.AddRange(rowScales);
        _checksums.Add(RowChecksum.Of(stored, rowScales));
        _rows.Add(row);
    }

    public void Commit()
    {
        JsonLines.Write(_pathOf(ShardNames.Rows(_shard)), _rows);
        NpyFile.Write(_pathOf(ShardNames.Documents(_shard)), _rows.Select(r => r.Document).ToArray());
        NpyFile.Write(_pathOf(ShardNames.Checksums(_shard)), _checksums.ToArray());
        if (_layout.ScaleCount > 0)
        {
            NpyFile.Write(_pathOf(ShardNames.Scales(_shard)), _scales.ToArray(), _rows.Count, _layout.ScaleCount);
        }

        _singles?.Commit();
        _halves?.Commit();
        _bytes?.Commit();
    }

    public void Dispose()
    {
        _singles?.Dispose();
        _halves?.Dispose();
        _bytes?.Dispose();
    }
}

/// <summary>A line of <c>rows-NNNNN.jsonl</c>: which tokens a row of the shard stands for.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Document">Ordinal of the document in the corpus.</param>
/// <param name="FirstLabel">First label token.</param>
/// <param name="Labels">Number of label tokens.</param>
public sealed record IndexRow(string Id, int Document, int FirstLabel, int Labels);

/// <summary>Names of a shard's files.</summary>
internal static class ShardNames
{
    /// <summary>The numbers; written last: a shard is there when this is.</summary>
    public static string Numbers(int shard) => $"shard-{shard:D5}.npy";

    /// <summary>int8: float32 (rows, modules).</summary>
    public static string Scales(int shard) => $"scales-{shard:D5}.npy";

    /// <summary>Each row's document, int32: what scoring needs of the rows, without parsing text.</summary>
    public static string Documents(int shard) => $"documents-{shard:D5}.npy";

    /// <summary>Each row's CRC-32C, uint32.</summary>
    public static string Checksums(int shard) => $"checksums-{shard:D5}.npy";

    /// <summary>Ids and token ranges.</summary>
    public static string Rows(int shard) => $"rows-{shard:D5}.jsonl";

    /// <summary>Documents set apart.</summary>
    public static string Excluded(int shard) => $"excluded-{shard:D5}.jsonl";

    /// <summary>A few rows as they were before they were rounded, float32.</summary>
    public static string Sample(int shard) => $"sample-{shard:D5}.npy";

    /// <summary>All files that a shard may have, <see cref="Numbers"/> last.</summary>
    public static IEnumerable<string> All(int shard) =>
        [Excluded(shard), Rows(shard), Documents(shard), Scales(shard), Sample(shard), Checksums(shard), Numbers(shard)];
}
