using Tda.Scoring.Methods;

namespace Tda.Evaluation.Tests.Reference;

/// <summary>A world in which influence is exactly additive: a query's loss is a constant less the influence of every document kept.</summary>
internal sealed class AdditiveBank
{
    public AdditiveBank(int documents = 30, int queries = 4, int subsets = 60, int retrainings = 2, double noise = 0, int seed = 1)
    {
        var random = new Random(seed);
        Scores = new ScoreMatrix(queries, documents);
        for (var q = 0; q < queries; q++)
        {
            for (var d = 0; d < documents; d++)
            {
                Scores[q, d] = (float)Normal(random);
            }
        }
        Outcomes = Of([.. Enumerable.Range(0, subsets).Select(_ => Half(documents, random))], retrainings, noise, random);
    }

    public ScoreMatrix Scores { get; }

    public RetrainingOutcomes Outcomes { get; }

    public RetrainingOutcomes Of(IReadOnlyList<bool[]> kept, int retrainings, double noise, Random random)
    {
        var losses = kept.Select(k => Enumerable.Range(0, retrainings).Select(_ => Enumerable.Range(0, Scores.Targets).Select(q =>
            50 - Enumerable.Range(0, Scores.Documents).Where(d => k[d]).Sum(d => (double)Scores[q, d]) + noise * Normal(random)).ToArray()).ToArray());
        return new RetrainingOutcomes(
            [.. Enumerable.Range(0, Scores.Documents).Select(d => $"doc-{d}")], [.. Enumerable.Range(0, Scores.Targets).Select(q => $"query-{q}")],
            kept, [.. losses]);
    }

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    public static ScoreMatrix Random(int queries, int documents, int seed)
    {
        var random = new Random(seed);
        var scores = new ScoreMatrix(queries, documents);
        for (var q = 0; q < queries; q++)
        {
            for (var d = 0; d < documents; d++)
            {
                scores[q, d] = (float)Normal(random);
            }
        }
        return scores;
    }

    private static bool[] Half(int documents, Random random)
    {
        var kept = new bool[documents];
        foreach (var d in Enumerable.Range(0, documents).OrderBy(_ => random.Next()).Take(documents / 2))
        {
            kept[d] = true;
        }

        return kept;
    }
}
