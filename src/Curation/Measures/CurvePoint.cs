namespace Tda.Curation.Measures;

/// <summary>One recipe of curation, measured.</summary>
/// <param name="Recipe">What was done, short: "mask 2 %, λ 1".</param>
/// <param name="Kind">Baseline, mask, drop, weights or control.</param>
/// <param name="Harm">Harm rate.</param>
/// <param name="Fluency">Benign perplexity.</param>
public sealed record CurvePoint(string Recipe, CurveKind Kind, double Harm, double Fluency)
{
    /// <summary>Interval [low, high].</summary>
    public double[]? HarmInterval { get; init; }

    public double[]? FluencyInterval { get; init; }

    /// <summary>Whether this recipe was chosen.</summary>
    public bool Chosen { get; init; }
}
