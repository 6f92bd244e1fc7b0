namespace Tda.ProxyTrainer.Distillation;

/// <summary>
/// How well a surrogate predicts the closed model's held-out answers, beside what predicting without a model and without
/// training gives. Per character, since two tokenizers' tokens don't compare.
/// </summary>
public sealed record FidelityResult
{
    /// <summary>Held-out answers measured.</summary>
    public required int Answers { get; init; }

    /// <summary>Tokens of the answers, EOS included.</summary>
    public required long Tokens { get; init; }

    /// <summary>UTF-16 characters of the answers.</summary>
    public required long Characters { get; init; }

    /// <summary>Negative log-likelihood of the answers given their prompts, over <see cref="Tokens"/>.</summary>
    public required double NatsPerToken { get; init; }

    /// <summary>The same over <see cref="Characters"/>: comparable between tokenizers.</summary>
    public required double NatsPerCharacter { get; init; }

    /// <summary>Predicting every token by its frequency in the training data.</summary>
    public required double UnigramNatsPerToken { get; init; }

    /// <summary>The same model with its first, random weights.</summary>
    public required double UntrainedNatsPerToken { get; init; }

    /// <summary>Spearman correlation, over answers, of the surrogate's log-probability per character with the closed model's; null below three answers with one.</summary>
    public double? RankCorrelation { get; init; }

    /// <summary>Answers behind <see cref="RankCorrelation"/>.</summary>
    public int RankedAnswers { get; init; }

    /// <summary>Nats a token of each answer, ascending; null in reports of earlier versions.</summary>
    public IReadOnlyList<double>? AnswerNatsPerToken { get; init; }

    /// <summary>exp of <see cref="NatsPerToken"/>.</summary>
    public double Perplexity => Math.Exp(NatsPerToken);
}
