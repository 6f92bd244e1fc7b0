using System.Globalization;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Losses;

/// <summary>
/// Draws of N(0, (G + λI)⁻¹) in the EK-FAC basis: <c>Q_S[(Λ + λ)^{−1/2} ⊙ ε]Q_Aᵀ</c>, a function of seed, draw and module. Owns its copies.
/// </summary>
internal sealed class PosteriorNoise : IDisposable
{
    private readonly IReadOnlyList<ModuleShape> _modules;
    private readonly (Tensor Activation, Tensor Gradient, Tensor Deviation)[] _parts;

    public PosteriorNoise(EkfacFactors factors, Damping damping)
    {
        _modules = factors.Modules;
        var used = new double[_modules.Count];
        using var scope = NewDisposeScope();
        _parts = [.. factors.Factors.Select((f, m) =>
        {
            var lambda = f.Lambda.to_type(ScalarType.Float64);
            used[m] = damping.Of(lambda.mean().item<double>());
            return (Keep(f.ActivationEigenvectors), Keep(f.GradientEigenvectors), Keep(lambda.add(used[m]).sqrt().reciprocal()));
        })];
        Damping = used;

        static Tensor Keep(Tensor t) => t.to_type(ScalarType.Float64).cpu().clone().DetachFromDisposeScope();
    }

    /// <summary>λ of each module.</summary>
    public IReadOnlyList<double> Damping { get; }

    /// <summary>One draw times <paramref name="scale"/>, float64; the caller owns it.</summary>
    public ModuleGradients Draw(int draw, long seed, double scale)
    {
        using var scope = NewDisposeScope();
        return new ModuleGradients(_modules, [.. _modules.Select((module, m) =>
        {
            var (qa, qs, deviation) = _parts[m];
            var key = RowKey.Of(string.Create(CultureInfo.InvariantCulture, $"{module.Name}/perturbation/{draw}"), 0);
            var noise = SeededNormal.Draw([module.Outputs, module.Columns], key, seed);
            return qs.matmul(noise.mul(deviation)).matmul(qa.transpose(0, 1)).mul(scale).unsqueeze(0);
        })]);
    }

    public void Dispose()
    {
        foreach (var (a, s, deviation) in _parts)
        {
            a.Dispose();
            s.Dispose();
            deviation.Dispose();
        }
    }
}
