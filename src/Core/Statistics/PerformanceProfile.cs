namespace Tda.Core.Statistics;

/// <summary>
/// How AlgoPerf compares training algorithms (Dahl et al. 2023, 2306.07179, section 4; performance profiles: Dolan and Moré 2002). A time
/// counts as r = time/(best time of that workload); one that missed its target, or took more than four times the best, as ∞.
/// ρ(τ) is the share of workloads with r ≤ τ, and the score B = ⅓∫₁⁴ρ(τ)dτ: 1 for the fastest everywhere, 0 for none within reach.
/// </summary>
public sealed class PerformanceProfile
{
    private const double Limit = 4;

    private readonly double[][] _ratios;

    /// <param name="times">For each contender a time on each workload, above 0; ∞: the target was missed.</param>
    /// <exception cref="ArgumentException">No contender, no workload, rows of different lengths, or a time that isn't above 0.</exception>
    public PerformanceProfile(IReadOnlyList<IReadOnlyList<double>> times)
    {
        if (times.Count == 0 || times[0].Count == 0 || times.Any(row => row.Count != times[0].Count || row.Any(time => !(time > 0))))
        {
            throw new ArgumentException("Each contender needs one time above 0 for each workload.", nameof(times));
        }

        double[] best = [.. Enumerable.Range(0, times[0].Count).Select(w => times.Min(row => row[w]))];
        _ratios = [.. times.Select(row => (double[])[.. row.Select((time, w) => Counted(time / best[w]))])];
    }

    /// <summary>A contender's r on each workload; ∞ where it missed, or is beyond four.</summary>
    public IReadOnlyList<double> Ratios(int contender) => _ratios[contender];

    /// <summary>ρ(τ) of a contender, for τ of at least 1.</summary>
    public double At(int contender, double tau) => _ratios[contender].Count(ratio => ratio <= tau) / (double)_ratios[contender].Length;

    /// <summary>B of a contender: ρ is a staircase, so that a workload adds (4 − r)/3 of its share.</summary>
    public double Score(int contender) => _ratios[contender].Sum(ratio => Math.Max(0, Limit - ratio) / (Limit - 1)) / _ratios[contender].Length;

    /// <summary>
    /// One workload's time of a contender under external tuning: the median over studies of the best of each study's trials.
    /// </summary>
    /// <param name="studies">The trials' times of each study; ∞: missed.</param>
    public static double MedianOfBest(IReadOnlyList<IReadOnlyList<double>> studies) => Median.Of(studies.Select(trials => trials.Min()));

    // ∞/∞, where nobody reached the target, is a miss too.
    private static double Counted(double ratio) => ratio <= Limit ? ratio : double.PositiveInfinity;
}
