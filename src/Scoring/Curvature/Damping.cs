namespace Tda.Scoring.Curvature;

/// <summary>How much is added to the curvature's eigenvalues, per module.</summary>
/// <param name="Factor">
/// λ of a module = factor × mean of that module's eigenvalues. Range 0 to 1e6 (0 fails on a singular matrix); default 0.1.
/// Relative, because A and S are means over tokens while Λ is a mean over sequences: an absolute λ depends on their lengths.
/// </param>
/// <param name="Absolute">λ itself, the same for all modules, above 0; null (default): by factor.</param>
public sealed record Damping(double Factor = 0.1, double? Absolute = null)
{
    /// <summary>The factor, checked.</summary>
    public double Factor { get; } = Factor is >= 0 and <= 1e6
        ? Factor
        : throw new ArgumentOutOfRangeException(nameof(Factor), Factor, "damping factor must be between 0 and 1e6");

    /// <summary>λ itself, checked.</summary>
    public double? Absolute { get; } = Absolute is null or (> 0 and < double.PositiveInfinity)
        ? Absolute
        : throw new ArgumentOutOfRangeException(nameof(Absolute), Absolute, "absolute damping must be above 0");

    /// <summary>λ of a module.</summary>
    /// <param name="meanEigenvalue">Mean of the module's eigenvalues.</param>
    public double Of(double meanEigenvalue) => Absolute ?? Factor * meanEigenvalue;
}
