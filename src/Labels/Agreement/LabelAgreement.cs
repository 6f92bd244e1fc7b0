namespace Tda.Labels.Agreement;

/// <summary>How the values of one label agree with reference labels.</summary>
/// <param name="Label">The label.</param>
/// <param name="Positive">Texts that have the label by the reference.</param>
/// <param name="Negative">Texts that don't.</param>
/// <param name="Accuracy">Part of all texts called what they are.</param>
/// <param name="CalibrationError">
/// Expected calibration error (Naeini et al. 2015): mean over ten bins of values, weighted by their size, of |mean value − share of positives|.
/// </param>
/// <param name="Reliability">Those bins; empty ones are absent.</param>
/// <param name="FalsePositiveRates">False positives of each kind of negative.</param>
/// <param name="Auroc">Probability that a random positive has a higher value than a random negative (ties count half); null where one is missing.</param>
/// <param name="TruePositiveRate">Part of the positives called positive; null where there is none.</param>
/// <param name="FalsePositiveRate">Part of the negatives called positive; null where there is none.</param>
/// <param name="Kappa">Cohen's κ of the two callings (Cohen 1960): 0 as by chance, 1 full agreement; null where both call all alike.</param>
public sealed record LabelAgreement(
    string Label, int Positive, int Negative, double Accuracy, double CalibrationError, IReadOnlyList<ReliabilityBin> Reliability,
    SortedDictionary<string, double> FalsePositiveRates, double? Auroc = null, double? TruePositiveRate = null, double? FalsePositiveRate = null, double? Kappa = null)
{
    private const int Bins = 10;

    /// <summary>Compares.</summary>
    /// <param name="label">The label.</param>
    /// <param name="texts">Value, whether it counts as a yes, what the reference says, and the kind of text; at least one.</param>
    public static LabelAgreement Of(string label, IReadOnlyList<LabelVerdict> texts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(texts.Count, 1);
        var negatives = texts.Where(text => !text.Reference).ToList();
        int positive = texts.Count - negatives.Count, right = texts.Count(text => text.Called == text.Reference);
        int caught = texts.Count(text => text.Reference && text.Called), wrong = negatives.Count(text => text.Called);
        var auroc = Ranking.Auroc([.. texts.Select(text => text.Value)], [.. texts.Select(text => text.Reference)]);
        List<ReliabilityBin> bins =
        [
            .. texts.GroupBy(text => Math.Min((int)(text.Value * Bins), Bins - 1)).OrderBy(bin => bin.Key)
                .Select(bin => new ReliabilityBin(bin.Count(), bin.Average(text => text.Value), bin.Average(text => text.Reference ? 1.0 : 0))),
        ];
        return new LabelAgreement(
            label,
            positive,
            negatives.Count,
            right / (double)texts.Count,
            bins.Sum(bin => bin.Texts / (double)texts.Count * Math.Abs(bin.MeanValue - bin.PositiveShare)),
            bins,
            new SortedDictionary<string, double>(
                negatives.GroupBy(text => text.Kind).ToDictionary(g => g.Key, g => g.Count(text => text.Called) / (double)g.Count()), StringComparer.Ordinal),
            Auroc: double.IsNaN(auroc) ? null : auroc,
            TruePositiveRate: positive == 0 ? null : caught / (double)positive,
            FalsePositiveRate: negatives.Count == 0 ? null : wrong / (double)negatives.Count,
            Kappa: RaterAgreement.CohensKappa([.. texts.Select(text => text.Called)], [.. texts.Select(text => text.Reference)]));
    }
}

/// <summary>What was said of a text, beside what is so by the reference.</summary>
/// <param name="Value">The label's value, 0 to 1.</param>
/// <param name="Called">Whether that counts as a yes.</param>
/// <param name="Reference">Whether it is one.</param>
/// <param name="Kind">Kind of text.</param>
public readonly record struct LabelVerdict(double Value, bool Called, bool Reference, string Kind);

/// <summary>Values of about the same size: calibrated ones have the mean value and the share of positives alike.</summary>
/// <param name="Texts">Texts in the bin.</param>
/// <param name="MeanValue">Their mean value.</param>
/// <param name="PositiveShare">Share of them that are positive by the reference.</param>
public sealed record ReliabilityBin(int Texts, double MeanValue, double PositiveShare);
