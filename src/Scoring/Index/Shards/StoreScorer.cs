using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Tda.Scoring.Index.Shards;

/// <summary>
/// Exact scores of all documents of a store for some directions, in one pass over the shards: a few directions by inner products
/// in registers, as fast as the shards can be read; many as matrix products of blocks. Memory: one block and its products.
/// Few directions give the same bits whatever the shards and threads; a matrix product may add in another order, within
/// 1e-6·Σ|v_i g_i| of it.
/// </summary>
public static class StoreScorer
{
    /// <summary>Up to so many directions, a row is read once for each from the cache rather than decoded into a buffer.</summary>
    private const int Few = 2;

    /// <summary>Told of a document, once, in the order of the store: its scores are the sums over its rows, one a direction.</summary>
    public delegate void Visitor(int document, ReadOnlySpan<float> scores);

    /// <summary>Scores every document that was not deleted.</summary>
    /// <param name="index">The store.</param>
    /// <param name="directions">Preconditioned queries (Q, D).</param>
    /// <param name="visit">Takes the scores.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <exception cref="BadInputException">A shard is damaged.</exception>
    public static void Score(LograIndex index, Tensor directions, Visitor visit, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var queries = directions.to_type(ScalarType.Float32).cpu().contiguous();
        var sums = new RowSums((int)queries.shape[0], (document, scores) =>
        {
            if (!index.IsDeleted(document))
            {
                visit(document, scores);
            }
        });
        if (queries.shape[0] <= Few && index.Layout.Storage != StorageType.Lorif)
        {
            Dots(index, queries.data<float>().ToArray(), sums, cancellation);
        }
        else
        {
            Products(index, queries.transpose(0, 1).contiguous(), sums, cancellation);
        }

        sums.Complete();
    }

    private static void Products(LograIndex index, Tensor right, RowSums sums, CancellationToken cancellation) =>
        index.ForEachBlock(
            block => sums.Add(block.Documents.Span, MemoryMarshal.Cast<byte, float>(block.Gradients.matmul(right).contiguous().bytes)),
            cancellation);

    private static void Dots(LograIndex index, float[] queries, RowSums sums, CancellationToken cancellation)
    {
        var count = queries.Length / index.Layout.Length;
        var threads = new ParallelOptions { MaxDegreeOfParallelism = get_num_threads(), CancellationToken = cancellation };
        // A thread takes what is checked together, and multiplies it while it is in its cache.
        var slice = ShardChecks.GroupRows(index.Layout);
        for (var s = 0; s < index.Shards; s++)
        {
            using var shard = index.Open(s);
            var results = new float[shard.Rows * count];
            try
            {
                Parallel.For(0, (shard.Rows + slice - 1) / slice, threads, i => Dots(shard, queries, results, i * slice, slice));
            }
            catch (AggregateException e) when (e.InnerExceptions.OfType<BadInputException>().FirstOrDefault() is { } damage)
            {
                // A damaged row is an error of its own, not one of several that happened.
                ExceptionDispatchInfo.Throw(damage);
            }

            sums.Add(shard.Documents(0, shard.Rows), results);
        }
    }

    // Spans are taken once for a slice: a short row costs less than asking for it.
    private static void Dots(StoredShard shard, float[] queries, float[] results, int first, int slice)
    {
        var (length, scaleCount) = (shard.Layout.Length, shard.Layout.ScaleCount);
        var (rows, count) = (Math.Min(slice, shard.Rows - first), queries.Length / length);
        var own = results.AsSpan(first * count, rows * count);
        var buffer = ArrayPool<byte>.Shared.Rent(rows * shard.Layout.RowBytes);
        var stored = buffer.AsSpan(0, rows * shard.Layout.RowBytes);
        shard.Read(first, rows, stored);
        var halves = shard.Layout.Storage == StorageType.Float16 ? MemoryMarshal.Cast<byte, Half>(stored) : [];
        var bytes = shard.Layout.Storage == StorageType.Int8 ? MemoryMarshal.Cast<byte, sbyte>(stored) : [];
        var singles = shard.Layout.Storage == StorageType.Float32 ? MemoryMarshal.Cast<byte, float>(stored) : [];
        var scales = shard.Scales(first, rows);
        for (var row = 0; row < rows; row++)
        {
            for (var q = 0; q < count; q++)
            {
                var query = queries.AsSpan(q * length, length);
                own[(row * count) + q] = shard.Layout.Storage switch
                {
                    StorageType.Float16 => DotProducts.Of(halves.Slice(row * length, length), query),
                    StorageType.Int8 => Scaled(
                        bytes.Slice(row * length, length), scales.Slice(row * scaleCount, scaleCount), shard.Layout.Modules, query),
                    _ => DotProducts.Of(singles.Slice(row * length, length), query),
                };
            }
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static float Scaled(
        ReadOnlySpan<sbyte> row, ReadOnlySpan<float> scales, IReadOnlyList<ModuleRanks> modules, ReadOnlySpan<float> query)
    {
        float sum = 0;
        for (int m = 0, at = 0; m < scales.Length; at += modules[m++].Length)
        {
            sum += scales[m] * DotProducts.Of(row.Slice(at, modules[m].Length), query[at..]);
        }

        return sum;
    }

    /// <summary>Adds up the scores of a document's rows, which stand one after the other, and passes each document on once.</summary>
    private sealed class RowSums(int directions, Visitor visit)
    {
        private readonly float[] _sums = new float[directions];
        private int _current = -1;

        /// <summary>Takes rows' scores, row-major (rows, directions).</summary>
        public void Add(ReadOnlySpan<int> documents, ReadOnlySpan<float> scores)
        {
            for (var row = 0; row < documents.Length; row++)
            {
                var own = scores.Slice(row * directions, directions);
                if (documents[row] != _current)
                {
                    Complete();
                    _current = documents[row];
                    own.CopyTo(_sums);
                }
                else
                {
                    for (var q = 0; q < directions; q++)
                    {
                        _sums[q] += own[q];
                    }
                }
            }
        }

        /// <summary>Passes on the last document.</summary>
        public void Complete()
        {
            if (_current >= 0)
            {
                visit(_current, _sums);
            }

            _current = -1;
        }
    }
}
