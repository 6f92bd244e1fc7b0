namespace Tda.Evaluation.Pbrf;

/// <summary>How the proximal Bregman response is found.</summary>
public sealed record PbrfOptions
{
    /// <summary>ε, the weight taken off the document's loss, above 0. Null (default): 1/N, what removing it does.</summary>
    public double? Epsilon { get; init; }

    /// <summary>Most Newton steps a document. 1 to 1,000; default 50.</summary>
    public int Iterations { get; init; } = 50;

    /// <summary>Done when the objective's gradient is this share of its size at the start, above 0 and below 1. Default 1e-3.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">Names all that are wrong.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (Epsilon is { } e && !(e > 0 && double.IsFinite(e)))
        {
            errors.Add($"epsilon is {e}; it must be above 0");
        }

        if (Iterations is < 1 or > 1_000)
        {
            errors.Add($"iterations is {Iterations}; it must be between 1 and 1000");
        }

        if (!(Tolerance is > 0 and < 1))
        {
            errors.Add($"tolerance is {Tolerance}; it must be above 0 and below 1");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The options of PBRF are wrong: " + string.Join("; ", errors) + ".");
        }
    }
}
