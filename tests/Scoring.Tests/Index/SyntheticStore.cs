using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using Tda.TestKit;

namespace Tda.Scoring.Tests.Index;

/// <summary>A store of made-up rows in a directory of its own: several rows a document, several shards.</summary>
internal sealed class SyntheticStore : IDisposable
{
    private readonly TempDirectory _directory = new();

    public SyntheticStore(StorageType storage, int documents = 90, int documentsAShard = 23, int seed = 1, IReadOnlyList<ModuleRanks>? modules = null)
    {
        Layout = new StoreLayout(modules ?? [new(5, 7), new(3, 4), new(8, 9)], storage);
        var random = new Random(seed);
        var rows = new List<float[]>();
        for (var first = 0; first < documents; first += documentsAShard, Shards++)
        {
            using var writer = new ShardFileWriter(name => _directory[name], Shards, Layout);
            for (var d = first; d < Math.Min(first + documentsAShard, documents); d++)
            {
                for (var r = 0; r <= d % 3; r++)
                {
                    // Modules of very different sizes: one scale for all of them would lose the small one.
                    float[] row = [.. Layout.Modules.SelectMany((m, i) => Enumerable.Range(0, m.Length).Select(_ => (random.NextSingle() - .5f) * MathF.Pow(30, -i)))];
                    rows.Add(row);
                    Documents.Add(d);
                    writer.Append(new IndexRow($"id{d}", d, r, 3), row);
                }
            }
            writer.Commit();
        }
        Exact = [.. rows];
    }

    public StoreLayout Layout { get; }

    public int Shards { get; private set; }

    public float[][] Exact { get; }

    public List<int> Documents { get; } = [];

    public string Path => _directory.Path;

    public LograIndex Index(params int[] deleted) => new(_directory.Path, Shards, Layout, deleted);

    /// <summary>The slow reference: float64 inner products with the exact rows, added up by document.</summary>
    public double[,] Scores(double[][] queries)
    {
        var scores = new double[queries.Length, Documents.Max() + 1];
        for (var q = 0; q < queries.Length; q++)
        {
            for (var r = 0; r < Exact.Length; r++)
            {
                for (var i = 0; i < Layout.Length; i++)
                {
                    scores[q, Documents[r]] += queries[q][i] * Exact[r][i];
                }
            }
        }

        return scores;
    }

    public double[][] Queries(int count, int seed = 9)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Layout.Length).Select(_ => random.NextDouble() - .5).ToArray())];
    }

    public void Dispose() => _directory.Dispose();
}
