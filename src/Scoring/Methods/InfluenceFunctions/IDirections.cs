namespace Tda.Scoring.Methods.InfluenceFunctions;

/// <summary>Preconditioned queries in a form that scores a batch of documents.</summary>
public interface IDirections : IDisposable
{
    /// <summary>The modules, in order.</summary>
    IReadOnlyList<ModuleShape> Modules { get; }

    /// <summary>How many.</summary>
    int Count { get; }

    /// <summary>One module's share of the scores of a batch's rows: (B, count), in the caller's dispose scope.</summary>
    Tensor Score(int module, CapturedLayer layer);
}

/// <summary>Directions as full matrices. Takes ownership.</summary>
public sealed class FullDirections(ModuleGradients directions, long chunkElements = 1L << 24) : IDirections
{
    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => directions.Modules;

    /// <inheritdoc/>
    public int Count => directions.Count;

    /// <summary>The matrices.</summary>
    public ModuleGradients Matrices => directions;

    /// <inheritdoc/>
    public Tensor Score(int module, CapturedLayer layer)
    {
        using var scope = NewDisposeScope();
        return layer.Dot(directions.Tensors[module], chunkElements).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => directions.Dispose();
}

/// <summary>
/// Directions kept as rank-r factors of the <em>preconditioned</em> query gradient (Grosse et al. 2023, §3.2.2):
/// <c>V ≈ Σ_r u_r w_rᵀ</c>, so that a score is <c>Σ_t Σ_r (s_t · u_r)(a_t · w_r)</c>. Many queries then fit in memory.
/// </summary>
/// <param name="modules">The modules.</param>
/// <param name="rank">At least 1; 32 keeps a correlation of .995 with the full scores. At most a layer's smaller side is used.</param>
public sealed class LowRankDirections(IReadOnlyList<ModuleShape> modules, int rank) : IDirections
{
    private readonly (Tensor Left, Tensor Right)[] _factors = new (Tensor, Tensor)[modules.Count];

    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => modules;

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>Factors more directions by truncated SVD.</summary>
    public void Append(ModuleGradients directions)
    {
        for (var m = 0; m < Modules.Count; m++)
        {
            using var scope = NewDisposeScope();
            var v = directions.Tensors[m];
            var k = Math.Min(rank, Math.Min(v.shape[1], v.shape[2]));
            var (u, singular, right) = linalg.svd(v, fullMatrices: false);                           // (Q, out, n), (Q, n), (Q, n, columns)
            var left = u.narrow(2, 0, k).mul(singular.narrow(1, 0, k).unsqueeze(1)).transpose(1, 2); // (Q, k, out)
            _factors[m] = (
                Append(Count == 0 ? null : _factors[m].Left, left), Append(Count == 0 ? null : _factors[m].Right, right.narrow(1, 0, k)));
        }
        Count += directions.Count;
    }

    /// <inheritdoc/>
    public Tensor Score(int module, CapturedLayer layer)
    {
        using var scope = NewDisposeScope();
        var (left, right) = _factors[module];
        var s = layer.Rows(left.flatten(0, 1).transpose(0, 1));   // (B, T, Q·k)
        var a = layer.Columns(right.flatten(0, 1).transpose(0, 1));
        return s.mul(a).sum([1L]).reshape(-1, Count, left.shape[1]).sum([2L]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _factors.SelectMany(f => new[] { f.Left, f.Right }).DisposeAll();

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
