namespace Tda.Scoring.Lexical;

/// <summary>BM25's constants.</summary>
public sealed record Bm25Options
{
    /// <summary>Saturation of repeated terms. At least 0; default 1.5.</summary>
    public double K1 { get; init; } = 1.5;

    /// <summary>Length normalisation, 0 (none; default) to 1: e is divided by 1 − b + b·length/mean length.</summary>
    public double B { get; init; }

    /// <summary>Checks the ranges.</summary>
    public void Validate()
    {
        if (!(K1 >= 0)) throw new ArgumentOutOfRangeException(nameof(K1), K1, "k1 must be at least 0");
        if (!(B is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(B), B, "b must be between 0 and 1");
    }
}
