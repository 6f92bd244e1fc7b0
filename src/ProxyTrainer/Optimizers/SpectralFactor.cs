namespace Tda.ProxyTrainer.Optimizers;

/// <summary>
/// A running mean of covariances in spectral form, S = B·diag(d)·Bᵀ, kept up to date without a decomposition (Lin et al. 2025, 2502.06268,
/// section 3). For a new covariance Q: R = BᵀQB; d ← d ⊙ exp(β(diag R/d − 1)); K_ij = βR_ij/(d_j − d_i);
/// B ← B·Cayley(K), Cayley(K) = (I − K/2)⁻¹(I + K/2), which is orthogonal since K is skew.
/// </summary>
/// <remarks>
/// To first order this is S ← (1−β)S + βQ and its eigenvectors. Bounds keep early steps, where neighbouring d are alike, from throwing
/// B about: an exponent is at most 1, a K_ij at most ¼ in size, and 0 where two d differ by less than a ten-thousandth of their sum, since
/// any basis of their plane does. d starts at the mean eigenvalue of the first Q that isn't 0.
/// </remarks>
internal sealed class SpectralFactor : IDisposable
{
    private const double MostTurn = 0.25;
    private const double MostGrowth = 1;
    private const double SameShare = 1e-4;
    private const double SmallestShare = 1e-10;
    private const double Smallest = 1e-25; // a float32 still tells it from 0, and from neighbours

    private readonly double _rate;

    /// <param name="size">n.</param>
    /// <param name="rate">β, above 0 and below 1.</param>
    /// <param name="type">Element type.</param>
    /// <param name="device">Device.</param>
    public SpectralFactor(long size, double rate, ScalarType type, Device device)
    {
        _rate = rate;
        Basis = eye(size, dtype: type, device: device).DetachFromDisposeScope();
        Values = zeros(size, type, device).DetachFromDisposeScope();
    }

    /// <summary>B, (n, n): eigenvectors in columns, in no particular order.</summary>
    public Tensor Basis { get; }

    /// <summary>d, (n): all 0 before the first update, all above 0 from then on; the least number there is while every Q was 0.</summary>
    public Tensor Values { get; }

    /// <summary>Takes in Q = FFᵀ.</summary>
    /// <param name="factor">F, (n, any).</param>
    public void Update(Tensor factor)
    {
        using IDisposable scope = NewDisposeScope();
        var turned = Basis.t().mm(factor);
        var r = turned.mm(turned.t());
        var diagonal = r.diagonal();
        // Nothing yet, or nothing but zeros: rare tokens' embeddings have no gradient in the first batches.
        if (Values.max().to(ScalarType.Float64).item<double>() <= Smallest)
        {
            Values.copy_(diagonal.mean().clamp_min_(Smallest).expand_as(Values));
        }

        var (columns, rows) = (Values.unsqueeze(0), Values.unsqueeze(1));
        var gap = columns.sub(rows); // d_j − d_i
        var same = gap.abs().le(columns.add(rows).mul_(SameShare));
        var k = r.mul(_rate).div_(gap).clamp_(-MostTurn, MostTurn).masked_fill_(same, 0);
        Values.mul_(diagonal.div(Values).sub_(1).mul_(_rate).clamp_max_(MostGrowth).exp_());
        Values.copy_(Values.maximum(Values.max().mul(SmallestShare).clamp_min_(Smallest)));
        var identity = eye(k.shape[0], dtype: k.dtype, device: k.device);
        k.mul_(0.5);
        Basis.copy_(Basis.mm(linalg.solve(identity.sub(k), identity.add(k))));
    }

    /// <summary>S^power, in the current dispose scope.</summary>
    public Tensor Power(double power) => Basis.mul(Values.pow(power)).mm(Basis.t());

    public void Dispose()
    {
        Basis.Dispose();
        Values.Dispose();
    }
}
