namespace Tda.Scoring.Tests.Methods.Measured;

/// <summary>
/// A world in which losses are what the model of datamodels says: effects around what another method says of them, subsets, noise. All
/// numbers are drawn from one seed.
/// </summary>
internal sealed class SimulatedWorld
{
    public SimulatedWorld(
        int documents, int subsets, int queries = 1, double prior = 1, double deviation = 1, double noise = 1, long seed = 1, int[]? groups = null,
        double groupDeviation = 0)
    {
        var random = SplitMix64.Of(seed);
        Kept = [.. Enumerable.Range(0, subsets).Select(m => BankPlan.Half(documents, seed, m))];
        foreach (var q in Enumerable.Range(0, queries))
        {
            double[] scores = [.. Draw(documents)];
            double[] shared = groups is null ? [] : [.. Draw(groups.Max() + 1)];
            double[] effects = [.. Draw(documents).Select((e, d) => -prior * scores[d] + deviation * e + (groups is null ? 0 : groupDeviation * shared[groups[d]]))];
            Priors.Add([[.. scores.Select(s => 1e4 * s)]]); // a method's unit is anything
            Effects.Add(effects);
            Losses.Add([.. Kept.Select(k => Loss(effects, k) + noise * random.NextNormal())]);
        }

        IEnumerable<double> Draw(int count) => Enumerable.Range(0, count).Select(_ => random.NextNormal()).ToArray();
    }

    public IReadOnlyList<bool[]> Kept { get; }

    /// <summary>Per query w: what a document's presence adds to the loss, in nats.</summary>
    public List<double[]> Effects { get; } = [];

    public List<double[]> Losses { get; } = [];

    /// <summary>Per query one prior's scores.</summary>
    public List<double[][]> Priors { get; } = [];

    public static double Loss(double[] effects, bool[] kept) => 50 + effects.Where((_, d) => kept[d]).Sum();
}
