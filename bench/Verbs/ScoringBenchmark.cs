using Tda.Bench.Gateway;
using Tda.Bench.Indexing;
using Tda.Bench.Running;
using Tda.Core.Arrays;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Bench.Verbs;

/// <summary>
/// Exact scores and top 100 from a gradient store (in the page cache), as the program computes them, against NumPy over the same
/// memory-mapped shards and against reading the same bytes once; memory of its own in a process of its own; growth with documents,
/// queries and layers.
/// </summary>
internal sealed class ScoringBenchmark : IBenchmark
{
    private const int Layers = 21; // the llama shape; 16 × 16 numbers of each at rank 16

    public string Name => "scoring";

    public string Description => "Scoring a gradient store, one query to many: pairs/s and GB/s beside NumPy and a plain read; memory and growth.";

    public async IAsyncEnumerable<CaseResult> RunAsync(BenchOptions options)
    {
        foreach ((var rows, var layers, var storage, var queries) in Stores(options.Quick))
        {
            var name = $"{rows:N0} rows of {layers} layers, {storage.ToString().ToLowerInvariant()}";
            int[] wanted = [.. queries.Where(q => options.Wants(NameOf(name, q)))];
            if (wanted.Length == 0)
            {
                continue;
            }

            using var store = new BenchStore(Path.Combine(options.Scratch, $"store-{rows}-{layers}-{storage}"), rows, layers, storage);
            foreach (var count in wanted)
            {
                yield return await MeasureAsync(NameOf(name, count), store, count, options).ConfigureAwait(false);
            }
        }
    }

    private static string NameOf(string store, int queries) => $"{store}, {queries} {(queries == 1 ? "query" : "queries")}";

    // Each store once: kinds of storage, then documents (f32 grows by two, twice), layers, queries.
    private static IEnumerable<(int Rows, int Layers, StorageType Storage, int[] Queries)> Stores(bool quick) => quick
        ? [(3_000, 5, StorageType.Float32, [1, 16]), (3_000, 5, StorageType.Float16, [1, 16]), (3_000, 5, StorageType.Int8, [1, 16])]
        :
        [
            (20_000, Layers, StorageType.Float32, [1, 4, 16, 64, 256]), (20_000, Layers, StorageType.Float16, [1, 64]), (20_000, Layers, StorageType.Int8, [1, 64]),
            (20_000, Layers, StorageType.Lorif, [1, 64]),
            (40_000, Layers, StorageType.Float32, [1, 64]), (80_000, Layers, StorageType.Float32, [1, 64]),
            (20_000, 5, StorageType.Float32, [1, 64]), (20_000, 10, StorageType.Float32, [1, 64]),
        ];

    private static async Task<CaseResult> MeasureAsync(string name, BenchStore store, int queries, BenchOptions options)
    {
        var values = store.Queries(queries); // (Q, D)
        var path = Path.Combine(store.Directory, $"queries-{queries}.npy");
        NpyFile.Write(path, values, queries, store.Layout.Length);
        using var directions = tensor(values, [queries, store.Layout.Length]);
        double sum = 0;
        var contenders = new List<IContender>
        {
            new LocalContender("tda", () => sum = Score(store.Index(), directions)),
            new LocalContender("plain read", () => store.Read()),
        };
        if (queries == 1)
        {
            var kept = store.Index();
            contenders.Add(new LocalContender("tda again", () => Score(kept, directions)));
            contenders.Add(new LocalContender("memory", () => store.ReadMemory()));
        }

        var numpy = store.Layout.Storage == StorageType.Lorif ? null
            : await PythonContender.StartAsync("numpy", "scoring.py", new { shards = store.Shards, scales = store.Scales, length = BenchStore.LayerLength, queries = path }).ConfigureAwait(false);
        if (numpy is not null)
        {
            contenders.Add(numpy);
        }

        var rounds = await Rounds.RunAsync(store.Rows > 50_000 ? Math.Max(3, options.Rounds / 2) : options.Rounds, contenders).ConfigureAwait(false);
        if (numpy is not null && !(Math.Abs(sum / numpy.First!["sum"]!.GetValue<double>() - 1) < 1e-4))
        {
            throw new TdaException($"the sums of absolute scores differ: {sum} against NumPy's {numpy.First!["sum"]}");
        }

        string[] others = ["numpy", "plain read", "memory", "tda again"];
        var result = CaseResult.Of(
            name, (double)store.Rows * queries, "pairs", rounds, [.. others.Where(other => contenders.Any(c => c.Name == other)).Select(other => (other, "tda"))]);
        var checks = result.Rates.ToDictionary(r => $"{r.Key}_gigabytes_per_second", r => r.Value / queries / store.Rows * store.Bytes / 1e9);
        checks["tda_own_memory_mebibytes"] = await MemoryAsync(store, path).ConfigureAwait(false) / (double)(1 << 20);
        Console.WriteLine($"  {checks["tda_gigabytes_per_second"]:F2} GB/s, {checks["tda_own_memory_mebibytes"]:F0} MiB of its own");
        return result with { Checks = checks };
    }

    /// <summary>The sum of absolute scores; the top 100 of each query are kept beside it.</summary>
    internal static double Score(LograIndex index, Tensor directions)
    {
        TopK[] top = [.. Enumerable.Range(0, (int)directions.shape[0]).Select(_ => new TopK(100))];
        double sum = 0;
        StoreScorer.Score(index, directions, (document, scores) =>
        {
            for (var q = 0; q < scores.Length; q++)
            {
                top[q].Add(document, scores[q]);
                sum += Math.Abs(scores[q]);
            }
        });
        return sum;
    }

    // Anonymous memory, most of it over the run: mapped pages of the store are the page cache's, and leave when others need them.
    private static async Task<double> MemoryAsync(BenchStore store, string queries)
    {
        var file = Path.Combine(store.Directory, "memory.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new ScoringMemory(store.Directory, store.Shards.Count, store.Layers, store.Layout.Storage, queries)));
        await using var child = ChildProcess.StartManaged(typeof(ScoringBenchmark).Assembly.GetName().Name!, [ChildRoles.Verb, ChildRoles.ScoringMemory, file]);
        var result = await child.ExitAsync(TimeSpan.FromMinutes(30)).ConfigureAwait(false);
        return result.ExitCode == 0 && double.TryParse(result.Output, out var bytes) ? bytes : throw new TdaException($"the memory of scoring was not measured: {result.Error}");
    }
}
