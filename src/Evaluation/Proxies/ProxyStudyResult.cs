using Tda.Evaluation.Lds;

namespace Tda.Evaluation.Proxies;

/// <summary>The study's table.</summary>
/// <param name="Task">What was learned.</param>
/// <param name="TargetAccuracy">Share of the training labels that the target reproduces.</param>
/// <param name="Ceiling">Noise ceiling of the retrainings.</param>
/// <param name="Scenarios">The lines.</param>
public sealed record ProxyStudyResult(
    string Task, double TargetAccuracy, NoiseCeiling? Ceiling, IReadOnlyList<ProxyScenarioResult> Scenarios)
{
    /// <summary>A line by name.</summary>
    public ProxyScenarioResult this[string scenario] => Scenarios.First(s => s.Scenario == scenario);
}
