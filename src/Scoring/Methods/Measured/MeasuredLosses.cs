namespace Tda.Scoring.Methods.Measured;

/// <summary>
/// The losses of a bank made ready for regression, with all that was done to them declared:
/// <list type="number">
/// <item>A retraining with a loss that isn't finite is left out, and named.</item>
/// <item>So is one that went wrong as a whole: half of its losses or more are further than 6 robust deviations from their query's median.</item>
/// <item>A single loss further than that is pulled in to 6 deviations, and counted: it says "far", and not how far.</item>
/// <item>The rest is averaged over a subset's retrainings, and over the queries of a target.</item>
/// </list>
/// The robust deviation of a query is 1.4826 times the median distance from the median, over all retrainings that are left.
/// </summary>
public sealed record MeasuredLosses
{
    private const double Furthest = 6;
    private const double NormalDeviation = 1.4826; // over the median absolute deviation, of a normal distribution

    /// <summary>Per subset that is left: which documents it keeps, [M][N].</summary>
    public required IReadOnlyList<bool[]> Kept { get; init; }

    /// <summary>Per target its measured loss in every subset, in nats, [targets][M].</summary>
    public required IReadOnlyList<double[]> Losses { get; init; }

    /// <summary>Retrainings left out, each with its reason.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    /// <summary>Losses pulled in.</summary>
    public required int PulledIn { get; init; }

    /// <summary>Targets whose loss is the same in all subsets: there is nothing to fit.</summary>
    public IEnumerable<int> Constant => Enumerable.Range(0, Losses.Count).Where(t => Losses[t].All(loss => loss == Losses[t][0]));

    /// <summary>Cleans and averages.</summary>
    /// <param name="outcomes">What was measured.</param>
    /// <param name="targets">Per target its queries, as ordinals of the outcomes'.</param>
    public static MeasuredLosses Of(RetrainingOutcomes outcomes, IReadOnlyList<int[]> targets)
    {
        int[] asked = [.. targets.SelectMany(t => t).Distinct().Order()];
        var left = new List<string>();
        var all = outcomes.Losses.SelectMany((seeds, m) => seeds.Select((losses, r) => (Subset: m, Seed: r, Losses: losses.ToArray()))).ToList();

        // 1. Not finite.
        all.RemoveAll(one => Leave(one, asked.All(q => double.IsFinite(one.Losses[q])), "a loss is not finite"));

        // 2. Wrong as a whole.
        var (medians, widths) = Spread();
        all.RemoveAll(one => Leave(one, asked.Length == 0 || asked.Count(q => IsFar(one.Losses, q)) * 2 < asked.Length, "its losses are far from all others'"));

        // 3. Wrong in one place.
        (medians, widths) = Spread();
        var pulled = 0;
        foreach (var one in all)
        {
            foreach (var q in asked.Where(q => IsFar(one.Losses, q)))
            {
                one.Losses[q] = medians[q] + Math.CopySign(widths[q], one.Losses[q] - medians[q]);
                pulled++;
            }
        }

        // 4. Means.
        var subsets = all.GroupBy(one => one.Subset).OrderBy(g => g.Key).ToArray();
        return new MeasuredLosses
        {
            Kept = [.. subsets.Select(g => outcomes.Kept[g.Key])],
            Losses = [.. targets.Select(t => subsets.Select(g => g.Average(one => t.Select(q => one.Losses[q]).DefaultIfEmpty().Average())).ToArray())],
            LeftOut = left,
            PulledIn = pulled,
        };

        bool Leave((int Subset, int Seed, double[] Losses) one, bool good, string reason)
        {
            if (!good)
            {
                left.Add($"subset {one.Subset}, seed {one.Seed}: {reason}");
            }

            return !good;
        }

        (Dictionary<int, double> Medians, Dictionary<int, double> Widths) Spread()
        {
            var medians = asked.ToDictionary(q => q, q => Median.Of(all.Select(one => one.Losses[q])));
            return (medians, asked.ToDictionary(q => q, q => Furthest * NormalDeviation * Median.Of(all.Select(one => Math.Abs(one.Losses[q] - medians[q])))));
        }

        // Where half of the losses are equal there is no scale to be far by.
        bool IsFar(double[] losses, int q) => widths[q] > 0 && Math.Abs(losses[q] - medians[q]) > widths[q];
    }
}
