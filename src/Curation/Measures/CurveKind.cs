namespace Tda.Curation.Measures;

/// <summary>Kinds of recipe; each has a shape of its own in the chart.</summary>
public enum CurveKind
{
    Baseline,
    Mask,
    Drop,
    Weights,
    Control,
}
