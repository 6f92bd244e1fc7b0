using System.Runtime.InteropServices;
using Tda.Core.Arrays;
using Tda.Scoring.Indexing;

namespace Tda.Scoring.Stores.Shards;

/// <summary>Writes a shard's files row by row. They appear at the commit, the numbers last: a shard is there when its numbers are.</summary>
internal sealed class ShardFileWriter : IDisposable
{
    private readonly Func<string, string> pathOf;
    private readonly int shard;
    private readonly StoreLayout layout;
    private readonly NpyWriter<float>? singles;
    private readonly NpyWriter<Half>? halves;
    private readonly NpyWriter<sbyte>? bytes;
    private readonly List<IndexRow> rows = [];
    private readonly List<uint> checksums = [];
    private readonly List<float> scales = [];
    private readonly byte[] buffer;

    public ShardFileWriter(Func<string, string> pathOf, int shard, StoreLayout layout)
    {
        (this.pathOf, this.shard, this.layout) = (pathOf, shard, layout);
        buffer = new byte[layout.RowBytes];
        var path = pathOf(ShardNames.Numbers(shard));
        switch (layout.Storage)
        {
            case StorageType.Float16: halves = new(path, layout.Numbers); break;
            case StorageType.Int8: bytes = new(path, layout.Numbers); break;
            default: singles = new(path, layout.Numbers); break;
        }
    }

    /// <summary>Rows so far.</summary>
    public int Rows => rows.Count;

    /// <summary>Appends numbers in single precision: a gradient, or LoRIF's factors of it.</summary>
    public void Append(IndexRow row, ReadOnlySpan<float> values)
    {
        switch (layout.Storage)
        {
            case StorageType.Float16:
                RowCodec.Encode(values, MemoryMarshal.Cast<byte, Half>(buffer.AsSpan()));
                AppendRaw(row, buffer, []);
                break;
            case StorageType.Int8:
                var own = layout.ScaleCount <= 256 ? stackalloc float[layout.ScaleCount] : new float[layout.ScaleCount];
                for (int m = 0, at = 0; m < own.Length; at += layout.Modules[m++].Length)
                {
                    own[m] = RowCodec.Encode(values.Slice(at, layout.Modules[m].Length), MemoryMarshal.Cast<byte, sbyte>(buffer.AsSpan()).Slice(at, layout.Modules[m].Length));
                }

                AppendRaw(row, buffer, own);
                break;
            default:
                AppendRaw(row, MemoryMarshal.AsBytes(values), []);
                break;
        }
    }

    /// <summary>Appends a row as another shard of the same layout holds it.</summary>
    public void AppendRaw(IndexRow row, ReadOnlySpan<byte> stored, ReadOnlySpan<float> rowScales)
    {
        singles?.Append(MemoryMarshal.Cast<byte, float>(stored));
        halves?.Append(MemoryMarshal.Cast<byte, Half>(stored));
        bytes?.Append(MemoryMarshal.Cast<byte, sbyte>(stored));
        scales.AddRange(rowScales);
        checksums.Add(RowChecksum.Of(stored, rowScales));
        rows.Add(row);
    }

    public void Commit()
    {
        JsonLines.Write(pathOf(ShardNames.Rows(shard)), rows);
        NpyFile.Write(pathOf(ShardNames.Documents(shard)), rows.Select(r => r.Document).ToArray());
        NpyFile.Write(pathOf(ShardNames.Checksums(shard)), checksums.ToArray());
        if (layout.ScaleCount > 0)
        {
            NpyFile.Write(pathOf(ShardNames.Scales(shard)), scales.ToArray(), rows.Count, layout.ScaleCount);
        }

        singles?.Commit();
        halves?.Commit();
        bytes?.Commit();
    }

    public void Dispose()
    {
        singles?.Dispose();
        halves?.Dispose();
        bytes?.Dispose();
    }
}
