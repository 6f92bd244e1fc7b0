using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>What came of a distillation.</summary>
/// <param name="Directory">The surrogate's folder.</param>
/// <param name="Documents">Documents trained on.</param>
/// <param name="Responses">Answers trained on.</param>
/// <param name="HeldOut">Answers measured.</param>
/// <param name="Parameters">Of one surrogate.</param>
/// <param name="Runs">A training run for each member of the ensemble.</param>
/// <param name="Fidelity">Of each member; empty when nothing was held out.</param>
public sealed record DistillResult(
    string Directory, int Documents, int Responses, int HeldOut, long Parameters, IReadOnlyList<TrainingResult> Runs, IReadOnlyList<FidelityResult> Fidelity);
