using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>A surrogate's training.json: what it was trained on, how, and what came of it.</summary>
internal sealed record TrainingReport
{
    /// <summary>Content hash of the corpus; null without one.</summary>
    public string? CorpusHash { get; init; }

    public required string ResponsesHash { get; init; }

    public required string TokenizerHash { get; init; }

    public required int Documents { get; init; }

    public required int Responses { get; init; }

    public required int HeldOut { get; init; }

    public required int Examples { get; init; }

    public required long Parameters { get; init; }

    public required long Seed { get; init; }

    public required TrainingOptions Options { get; init; }

    public required double FinalLoss { get; init; }

    /// <summary>Nats a label token, learning rate and gradient norm of every step.</summary>
    public required TrainingHistory History { get; init; }

    public FidelityResult? Fidelity { get; init; }
}
