using static TorchSharp.torch;

namespace Tda.Scoring.Curvature;

/// <summary>(C + λI)⁻¹ on projected gradients, and lifted to full ones.</summary>
public interface IProjectedSolver : IPreconditioner
{
    /// <summary>(C + λI)⁻¹ z for projected gradients (N, D), float64, in the caller's dispose scope.</summary>
    Tensor Solve(Tensor projected);

    /// <summary>Self-influence zᵀ(C + λI)⁻¹z of projected gradients: (N, D) to (N), float64.</summary>
    Tensor SelfInfluence(Tensor projected);
}
