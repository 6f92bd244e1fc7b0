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
            Auroc = Ranking.Auroc([.. pieces.Select(p => p.Logit)], [.. pieces.Select(p => p.Harmful)]),
            TruePositiveRate = caught / (double)harmful.Length,
            FalsePositiveRate = wrong / (double)benign.Length,
            FalsePositiveRates = new SortedDictionary<string, double>(
                benign.GroupBy(p => p.Kind).ToDictionary(g => g.Key, g => g.Count(p => p.Logit > threshold) / (double)g.Count()),
                StringComparer.Ordinal),
        };
    }
}
