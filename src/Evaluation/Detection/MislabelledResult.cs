namespace Tda.Evaluation.Detection;

/// <summary>How well a ranking finds wrong labels.</summary>
/// <param name="Detection">AUROC, precision and recall.</param>
/// <param name="Inspected">Share of the wrong labels found by inspecting the first 10, 20 and 30 % of the documents.</param>
public sealed record MislabelledResult(DetectionResult Detection, IReadOnlyDictionary<string, double> Inspected);
