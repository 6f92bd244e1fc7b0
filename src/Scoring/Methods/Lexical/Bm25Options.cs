namespace Tda.Scoring.Methods.Lexical;

/// <summary>BM25's constants.</summary>
public sealed record Bm25Options
{
    /// <summary>Saturation of repeated terms. At least 0; default 1.5.</summary>
    public double K1 { get; init; } = 1.5;

    /// <summary>Length normalisation, 0 (none; default) to 1: e is divided by 1 − b + b·length/mean length.</summary>
    public double B { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names all that are out of range.</exception>
    public void Validate()
    {
        if (Errors().ToArray() is { Length: > 0 } errors)
        {
            throw new ArgumentOutOfRangeException(nameof(Bm25Options), string.Join("; ", errors));
        }
    }

    internal IEnumerable<string> Errors()
    {
        if (!(K1 >= 0))
        {
            yield return $"k1 is {K1}; it must be at least 0";
        }

        if (!(B is >= 0 and <= 1))
        {
            yield return $"b is {B}; it must be between 0 and 1";
        }
    }
}
