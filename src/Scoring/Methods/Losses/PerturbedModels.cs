namespace Tda.Scoring.Methods.Losses;

/// <summary>
/// Copies of one model around its final weights, drawn from N(θ, scale²(G + λI)⁻¹/N) with EK-FAC's G. One at a time in place.
/// </summary>
public sealed class PerturbedModels : ILossModels
{
    private readonly GradientCapture _capture;
    private readonly IShiftableModel _model;
    private readonly PosteriorNoise _noise;
    private readonly PerturbationOptions _options;
    private readonly double _step;
    private readonly long _seed;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "loss-covariance-perturbed",
        Family = MethodFamily.Losses,
        Summary = "covariance of losses over draws around the final weights",
        Needs = MethodNeeds.Factors,
        Create = (context, options, _, cancellation) =>
        {
            var n = context.Documents.RowCount;
            if (n == 0)
            {
                throw new UsageException("There are no documents.");
            }

            return context.WithFactors(
                factors => new LossCovarianceInfluence(
                    "loss-covariance-perturbed",
                    new PerturbedModels(context.Capture, factors, options.Damping, n, options.Perturbation, context.Seed), n),
                cancellation);
        },
    };

    /// <summary>The factors may be disposed of afterwards.</summary>
    /// <exception cref="UsageException">The model's weights can't be shifted.</exception>
    public PerturbedModels(GradientCapture capture, EkfacFactors factors, Damping damping, long n, PerturbationOptions options, long seed)
    {
        _model = capture.Model as IShiftableModel
            ?? throw new UsageException(
                $"{capture.Model.GetType().Name} can't be perturbed: its weights can't be shifted. Use loss-covariance with an ensemble.");
        (_capture, _options, _seed) = (capture, options, seed);
        _noise = new PosteriorNoise(factors, damping);
        _step = options.Scale / Math.Sqrt(n);
    }

    /// <inheritdoc/>
    public int Count => _options.Models;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _noise.Damping;

    /// <inheritdoc/>
    public double Factor => 1 / (_step * _step);

    /// <inheritdoc/>
    public void ForEach(Action<GradientCapture> visit)
    {
        for (var k = 0; k < Count; k++)
        {
            using var delta = _noise.Draw(k, _seed, _step);
            using (_model.Shift(delta))
            {
                visit(_capture);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _noise.Dispose();
}

/// <summary>Loss covariance over models perturbed around the final weights.</summary>
public sealed record PerturbationOptions
{
    /// <summary>K: perturbed models, 2 to 10,000. Default 64.</summary>
    public int Models { get; init; } = 64;

    /// <summary>
    /// Length of the perturbations as a multiple of 1/√N: 1 (default) draws from the Laplace approximation N(θ, (G + λI)⁻¹/N) of the
    /// posterior. Above 0 to 1e3. Scores are divided by its square and tend to EK-FAC's as it falls; with few documents or little training
    /// the losses aren't linear over a length of 1, which changes the scores' size and needs fewer models for the same ranking.
    /// </summary>
    public double Scale { get; init; } = 1;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Between("perturbed models", Models, 2, 10_000)
        .Require(Scale is > 0 and <= 1e3, "perturbation scale", Scale, "above 0 and at most 1,000").Errors;
}

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
