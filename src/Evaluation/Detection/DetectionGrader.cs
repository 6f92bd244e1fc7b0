namespace Tda.Evaluation.Detection;

/// <summary>
/// Grades one ranking. Intervals resample positives and negatives apart, so that every resample has as many of each; k stays what it is.
/// </summary>
public static class DetectionGrader
{
    /// <summary>Grades a ranking by score, highest first.</summary>
    /// <param name="scores">Per document; NaN (set apart) is not ranked.</param>
    /// <param name="positive">Which matter.</param>
    /// <param name="ks">k of precision and recall, each at least 1; above the number of documents, that number is meant.</param>
    /// <param name="options">The intervals.</param>
    public static DetectionResult Grade(
        IReadOnlyList<double> scores, IReadOnlyList<bool> positive, IReadOnlyList<int> ks, BootstrapOptions? options = null)
    {
        options ??= new BootstrapOptions();
        int[] ranked = [.. Enumerable.Range(0, scores.Count).Where(i => !double.IsNaN(scores[i]))];
        int[] yes = [.. ranked.Where(i => positive[i])];
        int[] no = [.. ranked.Where(i => !positive[i])];
        var order = ranked.OrderByDescending(i => scores[i]).ToArray();
        return new DetectionResult(
            ranked.Length, yes.Length, Of(Ranking.Auroc),
            [.. ks.Select(k => Math.Min(k, Math.Max(1, ranked.Length))).Distinct().Select(k => new DetectionAt(
                k, Of((s, p) => Ranking.PrecisionAt(k, s, p)), Of((s, p) => Ranking.RecallAt(k, s, p))))],
            1 + Array.FindIndex(order, i => positive[i]));

        Interval Of(Func<IReadOnlyList<double>, IReadOnlyList<bool>, double> measure) =>
            Bootstrap.Of(
                Value(ranked, measure), options,
                draw => Value([.. draw(yes.Length).Select(i => yes[i]), .. draw(no.Length).Select(i => no[i])], measure));

        double Value(int[] chosen, Func<IReadOnlyList<double>, IReadOnlyList<bool>, double> measure) =>
            chosen.Length == 0 ? double.NaN : measure([.. chosen.Select(i => scores[i])], [.. chosen.Select(i => positive[i])]);
    }
}

/// <summary>How well one ranking finds the documents that are known to matter.</summary>
/// <param name="Documents">Documents ranked.</param>
/// <param name="Positives">Those that matter.</param>
/// <param name="Auroc">Chance that one of them stands above another; .5 is chance.</param>
/// <param name="At">Precision and recall at each k.</param>
/// <param name="FirstRank">Rank of the first of them, from 1.</param>
public sealed record DetectionResult(int Documents, int Positives, Interval Auroc, IReadOnlyList<DetectionAt> At, int FirstRank)
{
    /// <summary>Precision of a random ranking.</summary>
    public double BaseRate => Positives / (double)Documents;
}

/// <summary>Among the k documents ranked first: the share that matters, and the share found of all that matter.</summary>
public sealed record DetectionAt(int K, Interval Precision, Interval Recall);
