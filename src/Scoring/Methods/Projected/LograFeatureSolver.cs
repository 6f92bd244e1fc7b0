using Tda.Scoring.Curvature;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>LoGra's Cholesky solve, block by block. Owns the solver.</summary>
public sealed class LograFeatureSolver(LograSolver solver) : IFeatureSolver
{
    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => solver.Damping;

    /// <inheritdoc/>
    public Tensor Solve(Tensor features) => solver.Solve(features);

    /// <inheritdoc/>
    public void Dispose() => solver.Dispose();
}
