namespace Tda.Lab.Harm;

/// <summary>How a classifier does on labelled pieces that it was not trained on, at its threshold.</summary>
public sealed record ClassifierEvaluation
{
    /// <summary>Harmful pieces.</summary>
    public required int Harmful { get; init; }

    /// <summary>Benign pieces.</summary>
    public required int Benign { get; init; }

    /// <summary>Part of all pieces called what they are.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Probability that a random harmful piece scores higher than a random benign one (ties count half).</summary>
    public required double Auroc { get; init; }

    /// <summary>Part of the harmful pieces called harmful.</summary>
    public required double TruePositiveRate { get; init; }

    /// <summary>Part of the benign pieces called harmful.</summary>
    public required double FalsePositiveRate { get; init; }

    /// <summary>The false-positive rate of each kind of benign text.</summary>
    public required SortedDictionary<string, double> FalsePositiveRates { get; init; }

    internal static ClassifierEvaluation Of(IReadOnlyList<(double Logit, bool Harmful, string Kind)> pieces, double threshold)
    {
        var harmful = pieces.Where(p => p.Harmful).Select(p => p.Logit).ToArray();
        var benign = pieces.Where(p => !p.Harmful).ToArray();
        var caught = harmful.Count(logit => logit > threshold);
        var wrong = benign.Count(p => p.Logit > threshold);
        return new ClassifierEvaluation
        {
            Harmful = harmful.Length,
            Benign = benign.Length,
            Accuracy = (caught + benign.Length - wrong) / (double)pieces.Count,
            Auroc = AreaUnderCurve(pieces),
            TruePositiveRate = caught / (double)harmful.Length,
            FalsePositiveRate = wrong / (double)benign.Length,
            FalsePositiveRates = new SortedDictionary<string, double>(
                benign.GroupBy(p => p.Kind).ToDictionary(g => g.Key, g => g.Count(p => p.Logit > threshold) / (double)g.Count()),
                StringComparer.Ordinal),
        };
    }

    /// <summary>Mann–Whitney: AUROC = (Σ ranks of the harmful − h(h+1)/2) / (h · b), tied scores sharing their mean rank.</summary>
    private static double AreaUnderCurve(IReadOnlyList<(double Logit, bool Harmful, string Kind)> pieces)
    {
        var sorted = pieces.OrderBy(p => p.Logit).ToArray();
        double ranks = 0;
        for (var first = 0; first < sorted.Length;)
        {
            var last = first;
            while (last + 1 < sorted.Length && sorted[last + 1].Logit == sorted[first].Logit)
            {
                last++;
            }

            for (var i = first; i <= last; i++)
            {
                if (sorted[i].Harmful)
                {
                    ranks += ((first + last) / 2.0) + 1;
                }
            }

            first = last + 1;
        }

        double harmful = sorted.Count(p => p.Harmful);
        return (ranks - (harmful * (harmful + 1) / 2)) / (harmful * (sorted.Length - harmful));
    }
}
