using Tda.Lab.Harm;

namespace Tda.Cli.Demo.Steps;

/// <summary>What was measured on one closed model and one set of prompts and texts.</summary>
/// <param name="Harm">Harm rate of the answers to harm prompts.</param>
/// <param name="Perplexity">Perplexity per token on benign text.</param>
/// <param name="Answers">The first answer to each harm prompt.</param>
public sealed record ModelMeasure(HarmRateResult Harm, double Perplexity, IReadOnlyList<string> Answers)
{
    /// <summary>Harm rate of the answers to benign prompts; null where they were not asked.</summary>
    public HarmRateResult? FalseAlarms { get; init; }
}
