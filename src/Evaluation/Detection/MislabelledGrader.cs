namespace Tda.Evaluation.Detection;

/// <summary>
/// Wrong labels: a document with one fights all others (Koh and Liang 2017, 1703.04730), and is an opponent of queries that are right.
/// </summary>
public static class MislabelledGrader
{
    private static readonly int[] Percents = [10, 20, 30];

    /// <summary>By scores for queries with right labels: the strongest opponents (lowest mean score) first.</summary>
    public static MislabelledResult Grade(ScoreMatrix scores, IReadOnlyList<bool> flipped)
    {
        return Grade(
            [.. Enumerable.Range(0, scores.Documents).Select(d => -Enumerable.Range(0, scores.Targets).Average(q => (double)scores[q, d]))], flipped);
    }

    /// <summary>By suspicion, highest first.</summary>
    public static MislabelledResult Grade(IReadOnlyList<double> suspicion, IReadOnlyList<bool> flipped)
    {
        var counts = Percents.ToDictionary(p => p, p => Math.Max(1, (int)Math.Round(suspicion.Count * p / 100.0)));
        var detection = DetectionGrader.Grade(suspicion, flipped, [.. counts.Values.Distinct()]);
        return new MislabelledResult(detection, counts.ToDictionary(
            c => $"{c.Key}%", c => detection.At.First(at => at.K == Math.Min(c.Value, detection.Documents)).Recall.Value));
    }
}

/// <summary>How well a ranking finds wrong labels.</summary>
/// <param name="Detection">AUROC, precision and recall.</param>
/// <param name="Inspected">Share of the wrong labels found by inspecting the first 10, 20 and 30 % of the documents.</param>
public sealed record MislabelledResult(DetectionResult Detection, IReadOnlyDictionary<string, double> Inspected);
