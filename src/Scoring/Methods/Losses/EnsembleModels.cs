using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods.Losses;

/// <summary>Models trained alike but for seed or data. Doesn't own them.</summary>
/// <param name="captures">At least two.</param>
/// <param name="n">Training rows: what the covariance is multiplied by, as if the models were draws of a posterior.</param>
public sealed class EnsembleModels(IReadOnlyList<GradientCapture> captures, long n) : ILossModels
{
    /// <inheritdoc/>
    public int Count => captures.Count;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => [];

    /// <inheritdoc/>
    public double Factor => n;

    /// <inheritdoc/>
    public void ForEach(Action<GradientCapture> visit)
    {
        foreach (var capture in captures)
        {
            visit(capture);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
