using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>Each row's projected gradient of a module, (k_o, k_i), as <c>Σ_c u_c w_cᵀ</c>: the c leading terms of its SVD.</summary>
internal static class TruncatedProjection
{
    /// <summary>Factors of module <paramref name="m"/> of projected rows (B, D): u (B, c, k_o), scaled, and w (B, c, k_i).</summary>
    public static (Tensor Left, Tensor Right) Factors(Projector projector, Tensor projected, int m, int rank)
    {
        var at = projector.Projections.Take(m).Sum(p => p.Length);
        var p = projector.Projections[m];
        var block = projected.narrow(1, at, p.Length).reshape(-1, p.OutputRank, p.InputRank);
        var c = Math.Min(rank, Math.Min(p.OutputRank, p.InputRank));
        var (u, singular, w) = linalg.svd(block, fullMatrices: false);
        return (u.narrow(2, 0, c).mul(singular.narrow(1, 0, c).unsqueeze(1)).transpose(1, 2), w.narrow(1, 0, c));
    }

    /// <summary><c>Σ_c u_c w_cᵀ</c> flattened, (B, k_o·k_i).</summary>
    public static Tensor Product(Tensor left, Tensor right) => left.transpose(1, 2).matmul(right).flatten(1);
}
