using Tda.Scoring.Capture;

namespace Tda.Scoring.Curvature;

/// <summary>Fitted factors of every module, with the counts they are means over. Owns its tensors and never changes them.</summary>
public sealed class EkfacFactors(
    IReadOnlyList<ModuleShape> modules, IReadOnlyList<ModuleFactors> factors, long tokens, long sequences) : IDisposable
{
    /// <summary>The modules, in order.</summary>
    public IReadOnlyList<ModuleShape> Modules { get; } = modules;

    /// <summary>Per module.</summary>
    public IReadOnlyList<ModuleFactors> Factors { get; } = factors;

    /// <summary>Tokens that A and S are means over.</summary>
    public long Tokens { get; } = tokens;

    /// <summary>Sequences that Λ is a mean over.</summary>
    public long Sequences { get; } = sequences;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var f in Factors)
        {
            f.ActivationEigenvectors.Dispose();
            f.GradientEigenvectors.Dispose();
            f.Lambda.Dispose();
        }
    }
}
