using System.Runtime.InteropServices;
using Tda.Scoring.Indexing;
using static TorchSharp.torch;

namespace Tda.Scoring.Stores;

/// <summary>
/// Exact scores of all documents of a store for some directions, in one pass over the mapped shards: a few directions by inner products
/// in registers, at the memory's bandwidth; many as matrix products of blocks. Memory: one block and its products.
/// Few directions give the same bits whatever the shards and threads; a matrix product may add in another order, within
/// 1e-6·Σ|v_i g_i| of it.
/// </summary>
public static class StoreScorer
{
    /// <summary>Up to so many directions, a row is read once for each from the cache rather than decoded into a buffer.</summary>
    private const int Few = 2;

    /// <summary>Rows that one thread takes at a time.</summary>
    private const int Slice = 256;

    /// <summary>Told of a document, once, in the order of the store: its scores are the sums over its rows, one a direction.</summary>
    public delegate void Visitor(int document, ReadOnlySpan<float> scores);

    /// <summary>Scores every document that was not deleted.</summary>
    /// <param name="index">The store.</param>
    /// <param name="directions">Preconditioned queries (Q, D).</param>
    /// <param name="visit">Takes the scores.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <exception cref="Core.Errors.BadInputException">A shard is damaged.</exception>
    public static void Score(LograIndex index, Tensor directions, Visitor visit, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var queries = directions.to_type(ScalarType.Float32).cpu().contiguous();
        var sums = new DocumentSums((int)queries.shape[0], (document, scores) =>
        {
            if (!index.IsDeleted(document)) visit(document, scores);
        });
        if (queries.shape[0] <= Few && index.Layout.Storage != StorageType.Lorif) Dots(index, queries.data<float>().ToArray(), sums, cancellation);
        else Products(index, queries.transpose(0, 1).contiguous(), sums, cancellation);
        sums.Complete();
    }

    private static void Products(LograIndex index, Tensor right, DocumentSums sums, CancellationToken cancellation) =>
        index.ForEachBlock(
            block => sums.Add(block.Documents.Span, MemoryMarshal.Cast<byte, float>(block.Gradients.matmul(right).contiguous().bytes)), cancellation);

    private static void Dots(LograIndex index, float[] queries, DocumentSums sums, CancellationToken cancellation)
    {
        var count = queries.Length / index.Layout.Length;
        var threads = new ParallelOptions { MaxDegreeOfParallelism = get_num_threads(), CancellationToken = cancellation };
        for (var s = 0; s < index.Shards; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var shard = index.Open(s);
            var results = new float[shard.Rows * count];
            var slices = (shard.Rows + Slice - 1) / Slice;
            if (threads.MaxDegreeOfParallelism == 1)
                for (var i = 0; i < slices; i++) Dots(shard, queries, results, i * Slice);
            else Parallel.For(0, slices, threads, i => Dots(shard, queries, results, i * Slice));
            sums.Add(shard.Documents(0, shard.Rows), results);
        }
    }

    private static void Dots(StoredShard shard, float[] queries, float[] results, int first)
    {
        var (length, modules) = (shard.Layout.Length, shard.Layout.Modules);
        var count = queries.Length / length;
        var last = Math.Min(first + Slice, shard.Rows);
        for (var row = first; row < last; row++)
        {
            for (var q = 0; q < count; q++)
            {
                var query = queries.AsSpan(q * length, length);
                results[(row * count) + q] = shard.Layout.Storage switch
                {
                    StorageType.Float16 => DotProducts.Of(shard.Raw<Half>(row, 1), query),
                    StorageType.Int8 => Scaled(shard.Raw<sbyte>(row, 1), shard.Scales(row, 1), modules, query),
                    _ => DotProducts.Of(shard.Raw<float>(row, 1), query),
                };
            }
        }
    }

    private static float Scaled(ReadOnlySpan<sbyte> row, ReadOnlySpan<float> scales, IReadOnlyList<ModuleRanks> modules, ReadOnlySpan<float> query)
    {
        float sum = 0;
        for (int m = 0, at = 0; m < scales.Length; at += modules[m++].Length)
            sum += scales[m] * DotProducts.Of(row.Slice(at, modules[m].Length), query[at..]);
        return sum;
    }
}
