using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>
/// A stretch of gradient descent in the EK-FAC basis (Bae et al. 2024, 2405.12186): <c>F(σ) = (1 − e^{−ηKσ})/σ</c>, which
/// tends to ηK where the curvature vanishes, and the step back <c>e^{−ηKσ}</c>. No damping is added: ηK bounds F.
/// </summary>
public sealed class EkfacSegment : ISegmentOperator
{
    private readonly (Tensor Activation, Tensor Gradient, Tensor Integral, Tensor Decay)[] _modules;

    /// <summary>Copies of the factors in <paramref name="dtype"/>; they may be disposed of afterwards.</summary>
    /// <param name="factors">Of the segment.</param>
    /// <param name="rate">ηK: the sum of the segment's effective learning rates.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">The model's device.</param>
    public EkfacSegment(EkfacFactors factors, double rate, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        _modules = [.. factors.Factors.Select(f =>
        {
            var sigma = f.Lambda.to_type(ScalarType.Float64);
            return (
                Keep(f.ActivationEigenvectors), Keep(f.GradientEigenvectors), Keep(Integral(sigma, rate)), Keep(sigma.mul(-rate).exp()));
        })];

        Tensor Keep(Tensor t) => t.to(device).to_type(dtype).clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => [];

    /// <inheritdoc/>
    public ModuleGradients Integrate(ModuleGradients query, CancellationToken cancellation = default) =>
        query.Map((m, v) => Spectrum(m, v, _modules[m].Integral));

    /// <inheritdoc/>
    public ModuleGradients StepBack(ModuleGradients query) => query.Map((m, v) => Spectrum(m, v, _modules[m].Decay));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (a, s, integral, decay) in _modules)
        {
            a.Dispose();
            s.Dispose();
            integral.Dispose();
            decay.Dispose();
        }
    }

    /// <summary><c>(1 − e^{−xσ})/σ</c> by expm1; below xσ = 1e-12 its limit x, where the quotient would be 0/0.</summary>
    internal static Tensor Integral(Tensor sigma, double rate)
    {
        var flat = sigma.mul(rate).lt(1e-12);
        var safe = sigma.masked_fill(flat, 1);
        return safe.mul(-rate).expm1().neg().div(safe).masked_fill(flat, rate);
    }

    private Tensor Spectrum(int m, Tensor v, Tensor function)
    {
        var (qa, qs, _, _) = _modules[m];
        return qs.matmul(qs.transpose(0, 1).matmul(v).matmul(qa).mul(function)).matmul(qa.transpose(0, 1));
    }
}
