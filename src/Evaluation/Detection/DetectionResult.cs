namespace Tda.Evaluation.Detection;

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
