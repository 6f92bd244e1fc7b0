namespace Tda.Scoring.Methods.Losses;

/// <summary>Loss covariance over models perturbed around the final weights.</summary>
public sealed record PerturbationOptions
{
    /// <summary>K: perturbed models, 2 to 10,000. Default 64.</summary>
    public int Models { get; init; } = 64;

    /// <summary>
    /// Length of the perturbations as a multiple of 1/√N: 1 (default) draws from the Laplace approximation N(θ, (G + λI)⁻¹/N) of the
    /// posterior. Above 0 to 1e3. Scores are divided by its square and tend to EK-FAC's as it falls; with few documents or little training
    /// the losses aren't linear over a length of 1, which changes the scores' size and needs fewer models for the same ranking.
    /// </summary>
    public double Scale { get; init; } = 1;

    internal IEnumerable<string> Errors()
    {
        if (Models is < 2 or > 10_000)
        {
            yield return $"perturbed models are {Models}; they must be 2 to 10,000";
        }

        if (!(Scale is > 0 and <= 1e3))
        {
            yield return $"perturbation scale is {Scale}; it must be above 0 and at most 1e3";
        }
    }
}
