using System.Runtime.InteropServices;
using Tda.ProxyTrainer.Engine;

namespace Tda.Scoring.Index.Shards;

/// <summary>
/// Rows as float32 tensors, read or decoded into one buffer that is used again.
/// </summary>
internal sealed class BlockReader(StoreLayout layout) : IDisposable
{
    private Tensor? _buffer;
    private byte[] _raw = [];

    /// <summary>Rows (count, D), in the caller's dispose scope, valid until the next call.</summary>
    public Tensor Read(StoredShard shard, int first, int count)
    {
        var width = layout.Storage == StorageType.Lorif ? layout.Numbers : layout.Length;
        _buffer ??= empty([Rows(layout), width], ScalarType.Float32).DetachFromDisposeScope();
        var target = _buffer.narrow(0, 0, count);
        if (layout.Storage is StorageType.Float32 or StorageType.Lorif)
        {
            shard.Read(first, count, target.bytes);
            return layout.Storage == StorageType.Lorif ? Products(target) : target;
        }
        if (_raw.Length == 0)
        {
            _raw = GC.AllocateUninitializedArray<byte>(Rows(layout) * layout.RowBytes);
        }

        shard.Read(first, count, _raw);
        Decode(_raw.AsSpan(0, count * layout.RowBytes), shard.Scales(first, count), count, MemoryMarshal.Cast<byte, float>(target.bytes));
        return target;
    }

    /// <summary>Rows of one module (count, k_o·k_i), in the caller's dispose scope, valid until the next call.</summary>
    public Tensor ReadModule(StoredShard shard, int first, int count, int module)
    {
        if (layout.Storage is not (StorageType.Float32 or StorageType.Lorif))
        {
            return Narrow(Read(shard, first, count));
        }

        // Of mapped rows only the module's own pages are read.
        using var view = HostView.Of(shard.Raw<float>(first, count), count, layout.Numbers);
        return layout.Storage == StorageType.Lorif ? Product(view, module) : Narrow(view);

        Tensor Narrow(Tensor rows) => rows.narrow(1, layout.Modules.Take(module).Sum(m => m.Length), layout.Modules[module].Length);
    }

    /// <summary>
    /// Rows that are read at a time: 2 MiB once decoded, which stay in the cache until they are multiplied; 16 MiB of float32, so that a
    /// product packs its other side less often.
    /// </summary>
    public static int Rows(StoreLayout layout)
    {
        // Whole groups, so that what was checked is vouched for.
        var group = ShardChecks.GroupRows(layout);
        return Math.Max(1, (layout.Storage == StorageType.Float32 ? 1 << 22 : 1 << 19) / layout.Length / group * group);
    }

    public void Dispose() => _buffer?.Dispose();

    private void Decode(ReadOnlySpan<byte> stored, ReadOnlySpan<float> scales, int count, Span<float> target)
    {
        if (layout.Storage == StorageType.Float16)
        {
            RowCodec.Decode(MemoryMarshal.Cast<byte, Half>(stored), target);
            return;
        }
        var numbers = MemoryMarshal.Cast<byte, sbyte>(stored);
        for (int row = 0, at = 0; row < count; row++)
        {
            for (var m = 0; m < layout.Modules.Count; at += layout.Modules[m++].Length)
            {
                var length = layout.Modules[m].Length;
                RowCodec.Decode(numbers.Slice(at, length), scales[(row * layout.ScaleCount) + m], target.Slice(at, length));
            }
        }
    }

    private Tensor Products(Tensor rows)
    {
        using var scope = NewDisposeScope();
        return cat([.. layout.Modules.Select((_, m) => Product(rows, m))], 1).MoveToOuterDisposeScope();
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

/// <summary>Some consecutive rows of one shard.</summary>
/// <param name="Documents">Each row's document, ordinals in the corpus.</param>
/// <param name="Gradients">
/// Projected gradients (rows, D) float32. Read only, and gone after the visit: it may be the mapped file itself.
/// </param>
public sealed record StoreBlock(ReadOnlyMemory<int> Documents, Tensor Gradients);
