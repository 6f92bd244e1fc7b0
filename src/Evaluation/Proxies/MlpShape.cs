namespace Tda.Evaluation.Proxies;

/// <summary>A network's architecture but for its input and output.</summary>
/// <param name="Hidden">Widths of the hidden layers; none for a logistic regression.</param>
/// <param name="Activation">Between layers.</param>
public sealed record MlpShape(IReadOnlyList<int> Hidden, MlpActivation Activation);
