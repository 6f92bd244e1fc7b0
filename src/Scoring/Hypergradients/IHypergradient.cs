namespace Tda.Scoring.Hypergradients;

/// <summary>
/// How the trained weights answer to their objective. A hypergradient is
/// <c>dL_meta/dλ = −(∂²L/∂λ∂θ) d</c>, where d is <c>∇L_meta</c> carried through the training: each strategy has its own d.
/// </summary>
public interface IHypergradient
{
    /// <summary>Whether it needs <see cref="HypergradientStep.Derivative"/>. Default no.</summary>
    bool NeedsDerivative => false;

    /// <summary>d, as long as θ, in the caller's dispose scope.</summary>
    Tensor Direction(HypergradientStep step);
}

/// <summary>The strategies (Choe et al. 2023, SAMA, 2310.05674; Choe et al. 2022, Betty, 2207.02849).</summary>
public enum HypergradientKind
{
    /// <summary><see cref="DartsHypergradient"/>.</summary>
    Darts,

    /// <summary><see cref="SamaHypergradient"/>.</summary>
    Sama,

    /// <summary><see cref="NeumannHypergradient"/>.</summary>
    Neumann,

    /// <summary><see cref="CgHypergradient"/>.</summary>
    Cg,
}

/// <summary>One step of the base training, as a hypergradient sees it.</summary>
public sealed record HypergradientStep
{
    /// <summary>The training.</summary>
    public required IWeightedProblem Problem { get; init; }

    /// <summary>The examples of the step.</summary>
    public required IReadOnlyList<int> Examples { get; init; }

    /// <summary>Their weights w.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>θ where the step's gradient was taken: second derivatives are taken there too.</summary>
    public required Tensor At { get; init; }

    /// <summary>v = ∂L_meta/∂θ after the step.</summary>
    public required Tensor MetaGradient { get; init; }

    /// <summary>η of the step.</summary>
    public double LearningRate { get; init; } = 1;

    /// <summary>∂u/∂g of the optimiser's step θ ← θ − u(g), element by element; null where no strategy needs it.</summary>
    public Tensor? Derivative { get; init; }
}

/// <summary>How hypergradients are computed.</summary>
public sealed record HypergradientOptions
{
    /// <summary>Which strategy. Default SAMA.</summary>
    public HypergradientKind Kind { get; init; } = HypergradientKind.Sama;

    /// <summary>α: θ is moved by ε = α / ‖d‖, so by a length of α. Above 0, at most 1; default .01.</summary>
    public double Perturbation { get; init; } = 0.01;

    /// <summary>neumann: terms of the series after the first; cg: most steps. 1 to 10,000; default 10.</summary>
    public int Terms { get; init; } = 10;

    /// <summary>
    /// neumann: η of its series, above 0 and below 2 over the largest eigenvalue; null (default): one over that eigenvalue, by power
    /// iteration at the first step.
    /// </summary>
    public double? NeumannRate { get; init; }

    /// <summary>neumann, cg: λ that is added to the Hessian, at least 0; default .01. A network's Hessian is not positive definite.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>What is wrong with these options.</summary>
    internal IEnumerable<string> Errors() => new OptionChecks()
        .Require(Perturbation is > 0 and <= 1, "perturbation", Perturbation, "above 0 and at most 1")
        .Between("terms", Terms, 1, 10_000)
        .Above("rate of the Neumann series", NeumannRate, 0)
        .AtLeast("hypergradient's damping", Damping, 0).Errors;

    /// <summary>The strategy. It may keep what it found at its first step, so that each training has one of its own.</summary>
    /// <exception cref="UsageException">Options out of range, all at once.</exception>
    public IHypergradient Create()
    {
        new OptionChecks().With(Errors()).Throw("The hypergradient's");
        return Kind switch
        {
            HypergradientKind.Darts => new DartsHypergradient(),
            HypergradientKind.Sama => new SamaHypergradient(),
            HypergradientKind.Neumann => new NeumannHypergradient(Terms, NeumannRate, Damping, Perturbation),
            HypergradientKind.Cg => new CgHypergradient(Terms, Damping, Perturbation),
            _ => throw new ArgumentOutOfRangeException(nameof(Kind)),
        };
    }
}
