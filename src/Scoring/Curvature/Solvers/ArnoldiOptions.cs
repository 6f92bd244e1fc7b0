namespace Tda.Scoring.Curvature.Solvers;

/// <summary>How many eigenpairs Arnoldi keeps.</summary>
public sealed record ArnoldiOptions
{
    /// <summary>Steps of the iteration, each one product over all sequences; D numbers are kept a step. 1 to 10,000; default 100.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Eigenpairs kept, the largest; at most <see cref="Steps"/>. Default 50.</summary>
    public int Top { get; init; } = 50;

    internal IEnumerable<string> Errors()
    {
        if (Steps is < 1 or > 10_000)
        {
            yield return $"Arnoldi steps is {Steps}; it must be between 1 and 10000";
        }

        if (Top < 1 || Top > Steps)
        {
            yield return $"Arnoldi top is {Top}; it must be between 1 and the {Steps} steps";
        }
    }
}
