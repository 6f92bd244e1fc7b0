using Tda.Scoring.Curvature;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>(C + λI)⁻¹ on features.</summary>
public interface IFeatureSolver : IDisposable
{
    /// <summary>λ of each module.</summary>
    IReadOnlyList<double> Damping { get; }

    /// <summary>(n, D) float64 to (n, D) float64, in the caller's dispose scope.</summary>
    Tensor Solve(Tensor features);
}
