using Tda.Core.Arrays;
using Tda.ProxyTrainer.Engine;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using static TorchSharp.torch;

namespace Tda.Bench.Indexing;

/// <summary>Scores a store in a process of its own and prints the most anonymous memory that it held.</summary>
internal sealed record ScoringMemory(string Directory, int Shards, int Layers, StorageType Storage, string Queries)
{
    private const int Every = 512;

    public static Task<int> RunAsync(string file)
    {
        var work = JsonSerializer.Deserialize<ScoringMemory>(File.ReadAllText(file))!;
        TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
        using var queries = NpyArray<float>.Open(work.Queries);
        using var directions = tensor(queries.ToArray(), [queries.Rows, queries.RowLength]);
        TopK[] top = [.. Enumerable.Range(0, (int)queries.Rows).Select(_ => new TopK(100))];
        long most = 0;
        StoreScorer.Score(new LograIndex(work.Directory, work.Shards, BenchStore.LayoutOf(work.Layers, work.Storage)), directions, (document, scores) =>
        {
            for (var q = 0; q < scores.Length; q++)
            {
                top[q].Add(document, scores[q]);
            }

            if (document % Every == 0)
            {
                most = Math.Max(most, Anonymous());
            }
        });
        Console.WriteLine(Math.Max(most, Anonymous()).ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(0);
    }

    private static long Anonymous()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
