using Tda.Core.Exchanges;
using Tda.Lab.Harm;
using Tda.ProxyTrainer.Distillation;
using Tda.Store;
using Tda.Store.Verification;

namespace Tda.Cli.Demo.Steps;

/// <summary>Everything that one run of the demo measured.</summary>
public sealed record Outcome
{
    /// <summary>The whole log's check.</summary>
    public required ExchangeVerification Log { get; init; }

    /// <summary>Exchanges of this demo.</summary>
    public required IReadOnlyList<Exchange> Exchanges { get; init; }

    /// <summary>The classifier's own test.</summary>
    public required ClassifierEvaluation Classifier { get; init; }

    /// <summary>The surrogate on held-out answers.</summary>
    public required FidelityResult Fidelity { get; init; }

    /// <summary>How well the ranking finds the harmful source.</summary>
    public required RankingQuality Ranking { get; init; }

    /// <summary>Before, on the validation set.</summary>
    public required ModelMeasure ValidationBefore { get; init; }

    /// <summary>All recipes on the validation set.</summary>
    public required IReadOnlyList<RecipeResult> Recipes { get; init; }

    /// <summary>The chosen recipe.</summary>
    public required RecipeResult Chosen { get; init; }

    /// <summary>Before, on the test set.</summary>
    public required ModelMeasure Before { get; init; }

    /// <summary>After, on the test set.</summary>
    public required ModelMeasure After { get; init; }

    /// <summary>The random control of the same size, on the test set.</summary>
    public required ModelMeasure Control { get; init; }
}
