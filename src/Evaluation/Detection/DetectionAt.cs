namespace Tda.Evaluation.Detection;

/// <summary>Among the k documents ranked first: the share that matters, and the share found of all that matter.</summary>
public sealed record DetectionAt(int K, Interval Precision, Interval Recall);
