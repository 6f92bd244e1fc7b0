namespace Tda.Scoring.Methods.Losses;

/// <summary>
/// Copies of one model around its final weights, drawn from N(θ, scale²(G + λI)⁻¹/N) with EK-FAC's G. One at a time in place.
/// </summary>
internal sealed class PerturbedModels : ILossModels
{
    private readonly MethodSetup _setup;
    private readonly IShiftableModel _model;
    private readonly EkfacSpectrum _deviation;
    private readonly double _step;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "loss-covariance-perturbed",
        Family = MethodFamily.Losses,
        Summary = "covariance of losses over draws around the final weights",
        Needs = MethodNeeds.Factors,
        Create = setup =>
        {
            var n = setup.Context.Documents.RowCount;
            return n == 0
                ? throw new UsageException("There are no documents.")
                : setup.WithFactors(
                    factors => new LossCovarianceInfluence("loss-covariance-perturbed", new PerturbedModels(setup, factors), n));
        },
    };

    /// <summary>The factors may be disposed of afterwards.</summary>
    /// <exception cref="UsageException">The model's weights can't be shifted.</exception>
    public PerturbedModels(MethodSetup setup, EkfacFactors factors)
    {
        _model = setup.Model as IShiftableModel
            ?? throw new UsageException(
                $"{setup.Model.GetType().Name} can't be perturbed: its weights can't be shifted. Use loss-covariance with an ensemble.");
        _setup = setup;
        _step = setup.Options.Perturbation.Scale / Math.Sqrt(setup.Context.Documents.RowCount);
        var used = new double[factors.Modules.Count];
        _deviation = new EkfacSpectrum(factors, ScalarType.Float64, CPU, (m, lambda) =>
        {
            used[m] = setup.Options.Damping.Of(lambda.mean().item<double>());
            return lambda.add(used[m]).sqrt().reciprocal();
        });
        Damping = used;
    }

    /// <inheritdoc/>
    public int Count => _setup.Options.Perturbation.Models;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; }

    /// <inheritdoc/>
    public double Factor => 1 / (_step * _step);

    /// <inheritdoc/>
    public void ForEach(Action<GradientCapture> visit)
    {
        for (var k = 0; k < Count; k++)
        {
            using var delta = Draw(k);
            using (_model.Shift(delta))
            {
                visit(_setup.Context.Capture);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _deviation.Dispose();

    // A step times a draw of N(0, (G + λI)⁻¹) in the EK-FAC basis, Q_S[(Λ + λ)^{−1/2} ⊙ ε]Q_Aᵀ: a function of seed, draw and module.
    private ModuleGradients Draw(int draw)
    {
        using var scope = NewDisposeScope();
        return new ModuleGradients(_model.Modules, [.. _model.Modules.Select((module, m) =>
        {
            var key = RowKey.Of(string.Create(CultureInfo.InvariantCulture, $"{module.Name}/perturbation/{draw}"), 0);
            var noise = SeededNormal.Draw([module.Outputs, module.Columns], key, _setup.Context.Seed);
            return _deviation.RotateBack(m, noise.mul(_deviation.Values(m))).mul(_step).unsqueeze(0);
        })]);
    }
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
