using static TorchSharp.torch;

namespace Tda.Scoring.Curvature;

/// <summary>
/// One module's share of the eigenvalue-corrected Kronecker factorisation (George et al. 2018; Grosse et al. 2023):
/// <c>G ≈ (Q_A ⊗ Q_S) diag(Λ) (Q_A ⊗ Q_S)ᵀ</c>.
/// </summary>
/// <param name="ActivationEigenvectors">Q_A, (columns, columns).</param>
/// <param name="GradientEigenvectors">Q_S, (out, out).</param>
/// <param name="Lambda">Λ, (out, columns): mean over sequences of the squared rotated gradient.</param>
public sealed record ModuleFactors(Tensor ActivationEigenvectors, Tensor GradientEigenvectors, Tensor Lambda);
