using Tda.ProxyTrainer.Training;

namespace Tda.Lab.Training;

/// <summary>What a training left.</summary>
/// <param name="Directory">The model's directory.</param>
/// <param name="Documents">Documents trained on.</param>
/// <param name="LabelTokens">Their tokens with loss, masked ones included, counted once.</param>
/// <param name="MaskedTokens">Of these, the suppressed ones.</param>
/// <param name="Training">Losses, learning rates, speed.</param>
public sealed record LabTrainResult(string Directory, int Documents, long LabelTokens, long MaskedTokens, TrainingResult Training);
