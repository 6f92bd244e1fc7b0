namespace Tda.Labels.Classifiers;

/// <summary>How a classifier does on labelled pieces that it was not trained on, at its threshold.</summary>
/// <param name="Harmful">Harmful pieces.</param>
/// <param name="Benign">Benign pieces.</param>
/// <param name="Accuracy">Part of all pieces called what they are.</param>
/// <param name="Auroc">Probability that a random harmful piece scores higher than a random benign one (ties count half).</param>
/// <param name="TruePositiveRate">Part of the harmful pieces called harmful.</param>
/// <param name="FalsePositiveRate">Part of the benign pieces called harmful.</param>
/// <param name="FalsePositiveRates">The false-positive rate of each kind of benign text.</param>
public sealed record ClassifierEvaluation(
    int Harmful, int Benign, double Accuracy, double Auroc, double TruePositiveRate, double FalsePositiveRate,
    SortedDictionary<string, double> FalsePositiveRates)
{
    internal static ClassifierEvaluation Of(IReadOnlyList<(double Logit, bool Harmful, string Kind)> pieces, double threshold)
    {
        var harmful = pieces.Where(p => p.Harmful).Select(p => p.Logit).ToArray();
        var benign = pieces.Where(p => !p.Harmful).ToArray();
        var caught = harmful.Count(logit => logit > threshold);
        var wrong = benign.Count(p => p.Logit > threshold);
        return new ClassifierEvaluation(
            harmful.Length,
            benign.Length,
            Accuracy: (caught + benign.Length - wrong) / (double)pieces.Count,
            Auroc: Ranking.Auroc([.. pieces.Select(p => p.Logit)], [.. pieces.Select(p => p.Harmful)]),
            TruePositiveRate: caught / (double)harmful.Length,
            FalsePositiveRate: wrong / (double)benign.Length,
            new SortedDictionary<string, double>(
                benign.GroupBy(p => p.Kind).ToDictionary(g => g.Key, g => g.Count(p => p.Logit > threshold) / (double)g.Count()),
                StringComparer.Ordinal));
    }
}
