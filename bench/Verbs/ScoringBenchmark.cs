using System.Numerics;
using System.Runtime.InteropServices;
using Tda.Bench.Running;
using Tda.Core.Arrays;
using Tda.Core.Errors;
using Tda.Core.Json;
using Tda.Scoring.Indexing;
using static TorchSharp.torch;

namespace Tda.Bench.Verbs;

/// <summary>
/// Queries against a gradient index on disk (in the page cache), as the LoGra method scores them, against NumPy over the
/// same memory-mapped shards and against reading the same bytes once.
/// </summary>
internal sealed class ScoringBenchmark : IBenchmark
{
    private const int ShardRows = 4_096; // an index's default
    private const int Length = 5_376;    // rank 16, the llama shape: 21 layers of 16 × 16

    private const int PieceRows = 128;   // 2.6 MiB of float32

    public string Name => "scoring";

    public string Description => "Scoring 1 and 64 queries against a LoGra index: pairs/s and GB/s beside NumPy and a plain read.";

    public async IAsyncEnumerable<CaseResult> RunAsync(BenchOptions options)
    {
        (int, StorageType)[] indexes = options.Quick
            ? [(5_000, StorageType.Float32), (5_000, StorageType.Float16)]
            : [(20_000, StorageType.Float32), (20_000, StorageType.Float16), (100_000, StorageType.Float32)];
        foreach ((int rows, StorageType storage) in indexes)
        {
            await foreach (CaseResult result in MeasureAsync(rows, storage, options).ConfigureAwait(false))
                yield return result;
        }
    }

    private static async IAsyncEnumerable<CaseResult> MeasureAsync(int rows, StorageType storage, BenchOptions options)
    {
        string directory = Directory.CreateDirectory(Path.Combine(options.Scratch, $"index-{rows}-{storage}")).FullName;
        string[] shards = [.. storage == StorageType.Float32 ? Write(directory, rows, x => x) : Write(directory, rows, x => (Half)x)];
        var index = new LograIndex(directory, shards.Length, Length, storage);
        long bytes = shards.Sum(shard => new FileInfo(shard).Length);
        foreach (int queries in (int[])[1, 64])
        {
            string name = $"{rows:N0} rows {storage}, {queries} {(queries == 1 ? "query" : "queries")}";
            if (!options.Wants(name))
                continue;
            float[] values = Numbers(7, Length * queries);
            string path = Path.Combine(directory, $"queries-{queries}.npy");
            NpyFile.Write(path, values, Length, queries);
            using Tensor solved = tensor(values, [Length, queries]);
            double sum = 0;
            var ours = new LocalContender("tda", () => sum = Score(index, rows, solved));
            PythonContender numpy = await PythonContender.StartAsync("numpy", "scoring.py", new { shards, queries = path }).ConfigureAwait(false);
            var streamed = new LocalContender("streamed", () => Stream(shards, storage, solved));
            var read = new LocalContender("plain read", () => Read(shards, storage));
            int runs = rows > 50_000 ? Math.Max(3, options.Rounds / 2) : options.Rounds;
            Rounds rounds = await Rounds.RunAsync(runs, ours, numpy, streamed, read).ConfigureAwait(false);
            double theirs = numpy.First!["sum"]!.GetValue<double>();
            if (!(Math.Abs(sum / theirs - 1) < 1e-4))
                throw new TdaException($"the sums of absolute scores differ: {sum} against NumPy's {theirs}");
            CaseResult result = CaseResult.Of(name, (double)rows * queries, "pairs", rounds, ("numpy", "tda"), ("numpy", "streamed"), ("tda", "plain read"), ("streamed", "plain read"));
            yield return result with { Checks = result.Rates.ToDictionary(r => $"{r.Key}_gigabytes_per_second", r => r.Value / queries / rows * bytes / 1e9) };
        }

        Directory.Delete(directory, recursive: true);
    }

    // LograMethod.Score, its second step: one product a shard; the rows of a document add up.
    private static double Score(LograIndex index, int documents, Tensor solved)
    {
        int targets = (int)solved.shape[1];
        var scores = new float[targets, documents];
        index.ForEachShard((rows, gradients) =>
        {
            float[] products = gradients.matmul(solved).contiguous().data<float>().ToArray();
            for (int r = 0; r < rows.Count; r++)
            {
                for (int t = 0; t < targets; t++)
                    scores[t, rows[r].Document] += products[(r * targets) + t];
            }
        });
        double sum = 0;
        foreach (float score in scores)
            sum += Math.Abs(score);
        return sum;
    }

    // What the format allows, for comparison: the same products from pieces that stay in the cache, copied straight from the
    // mapped file into one tensor that is used again. It does not read the shards' lists of rows.
    private static double Stream(string[] shards, StorageType storage, Tensor solved)
    {
        double sum = 0;
        using IDisposable scope = NewDisposeScope();
        Tensor right = solved.shape[1] == 1 ? solved.squeeze(1) : solved; // a vector makes it a matrix-vector product: less than half the time
        using Tensor piece = empty([PieceRows, Length], storage == StorageType.Float32 ? ScalarType.Float32 : ScalarType.Float16);
        foreach (string shard in shards)
        {
            if (storage == StorageType.Float32)
                sum += Stream<float>(shard, piece, right);
            else
                sum += Stream<Half>(shard, piece, right);
        }

        return sum;
    }

    private static double Stream<T>(string shard, Tensor piece, Tensor right)
        where T : unmanaged
    {
        double sum = 0;
        using NpyArray<T> array = NpyArray<T>.Open(shard);
        for (long first = 0; first < array.Rows; first += PieceRows)
        {
            using IDisposable scope = NewDisposeScope();
            int rows = (int)Math.Min(PieceRows, array.Rows - first);
            MemoryMarshal.AsBytes(array.Span(first * Length, rows * Length)).CopyTo(piece.bytes);
            foreach (float score in piece.narrow(0, 0, rows).to_type(ScalarType.Float32).matmul(right).data<float>())
                sum += Math.Abs(score);
        }

        return sum;
    }

    private static float Read(string[] shards, StorageType storage)
    {
        float sum = 0;
        foreach (string shard in shards)
        {
            if (storage == StorageType.Float32)
            {
                using NpyArray<float> array = NpyArray<float>.Open(shard);
                sum += Sum(array.Span(0, (int)array.Length));
            }
            else
            {
                using NpyArray<Half> array = NpyArray<Half>.Open(shard);
                sum += Sum(MemoryMarshal.Cast<Half, float>(array.Span(0, (int)array.Length)));
            }
        }

        return sum;
    }

    // Four sums at once: one alone would wait for its own additions, not for memory.
    private static float Sum(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i + 3 < vectors.Length; i += 4)
        {
            a += vectors[i];
            b += vectors[i + 1];
            c += vectors[i + 2];
            d += vectors[i + 3];
        }

        return Vector.Sum(a + b + c + d);
    }

    private static float[] Numbers(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    // In the format of the index's shards; the numbers don't matter to the time.
    private static IEnumerable<string> Write<T>(string directory, int rows, Func<float, T> convert)
        where T : unmanaged
    {
        T[] values = Array.ConvertAll(Numbers(3, 64 * Length), x => convert(x));
        for (int first = 0; first < rows; first += ShardRows)
        {
            int count = Math.Min(ShardRows, rows - first);
            string name = $"{first / ShardRows:D5}";
            JsonLines.Write(Path.Combine(directory, $"rows-{name}.jsonl"), Enumerable.Range(first, count).Select(row => new IndexRow($"{row:x32}", row, 1, Shapes.Context)));
            string path = Path.Combine(directory, $"shard-{name}.npy");
            using (var writer = new NpyWriter<T>(path, Length))
            {
                for (int row = 0; row < count; row++)
                    writer.Append(values.AsSpan(((first + row) * 31 % 64) * Length, Length));
                writer.Commit();
            }

            yield return path;
        }
    }
}
