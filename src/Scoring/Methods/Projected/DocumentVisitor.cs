using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>Takes some documents' ordinals and their features, float64 (n, D).</summary>
public delegate void DocumentVisitor(IReadOnlyList<int> documents, Tensor features);
