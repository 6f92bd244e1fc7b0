using System.Runtime.InteropServices;
using Tda.Scoring.Indexing;
using Tda.Scoring.Stores.Shards;
using Tda.Torch;
using static TorchSharp.torch;

namespace Tda.Scoring.Stores;

/// <summary>
/// Rows as float32 tensors: straight from the mapped file, or decoded into one buffer that fits in the cache and is used again.
/// </summary>
internal sealed class BlockReader(StoreLayout layout) : IDisposable
{
    private Tensor? buffer;

    /// <summary>Rows (count, D), in the caller's dispose scope, valid until the next call.</summary>
    public Tensor Read(StoredShard shard, int first, int count)
    {
        if (layout.Storage == StorageType.Float32) return HostView.Of(shard.Raw<float>(first, count), count, layout.Length);
        if (layout.Storage == StorageType.Lorif) return Product(shard, first, count);
        buffer ??= empty([Rows(layout), layout.Length], ScalarType.Float32).DetachFromDisposeScope();
        var target = buffer.narrow(0, 0, count);
        Decode(shard, first, count, MemoryMarshal.Cast<byte, float>(target.bytes));
        return target;
    }

    /// <summary>Rows of one module (count, k_o·k_i), in the caller's dispose scope, valid until the next call.</summary>
    public Tensor ReadModule(StoredShard shard, int first, int count, int module)
    {
        if (layout.Storage == StorageType.Lorif)
        {
            using var view = HostView.Of(shard.Raw<float>(first, count), count, layout.Numbers);
            return Product(view, module);
        }
        return Read(shard, first, count).narrow(1, layout.Modules.Take(module).Sum(m => m.Length), layout.Modules[module].Length);
    }

    /// <summary>
    /// Rows that are read at a time: 2 MiB once decoded, which stay in the cache until they are multiplied; 16 MiB of float32, which is
    /// not decoded, so that a product packs its other side less often.
    /// </summary>
    public static int Rows(StoreLayout layout) => Math.Max(1, (layout.Storage == StorageType.Float32 ? 1 << 22 : 1 << 19) / layout.Length);

    public void Dispose() => buffer?.Dispose();

    private void Decode(StoredShard shard, int first, int count, Span<float> target)
    {
        if (layout.Storage == StorageType.Float16)
        {
            RowCodec.Decode(shard.Raw<Half>(first, count), target);
            return;
        }
        var raw = shard.Raw<sbyte>(first, count);
        var scales = shard.Scales(first, count);
        for (int row = 0, at = 0; row < count; row++)
        {
            for (var m = 0; m < layout.Modules.Count; at += layout.Modules[m++].Length)
                RowCodec.Decode(raw.Slice(at, layout.Modules[m].Length), scales[(row * layout.ScaleCount) + m], target.Slice(at, layout.Modules[m].Length));
        }
    }

    private Tensor Product(StoredShard shard, int first, int count)
    {
        using var scope = NewDisposeScope();
        var view = HostView.Of(shard.Raw<float>(first, count), count, layout.Numbers);
        return cat([.. layout.Modules.Select((_, m) => Product(view, m))], 1).MoveToOuterDisposeScope();
    }

    // Σ_c u_c w_cᵀ of one module's factors: u (c, k_o), then w (c, k_i).
    private Tensor Product(Tensor rows, int module)
    {
        using var scope = NewDisposeScope();
        var at = layout.Modules.Take(module).Sum(m => m.FactorLength(layout.FactorRank));
        var (ranks, c) = (layout.Modules[module], layout.Modules[module].FactorRank(layout.FactorRank));
        var u = rows.narrow(1, at, c * ranks.Output).reshape(-1, c, ranks.Output);
        var w = rows.narrow(1, at + (c * ranks.Output), c * ranks.Input).reshape(-1, c, ranks.Input);
        return u.transpose(1, 2).matmul(w).flatten(1).MoveToOuterDisposeScope();
    }
}
