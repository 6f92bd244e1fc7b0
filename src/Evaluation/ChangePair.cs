namespace Tda.Evaluation;

/// <summary>A line of a file of pairs: what was predicted, and what a retraining or a PBRF run then gave.</summary>
/// <param name="Predicted">Predicted change of a query's loss, nats: the sum of score / N over the documents taken away.</param>
/// <param name="Measured">Measured change, nats.</param>
public sealed record ChangePair(double Predicted, double Measured);
