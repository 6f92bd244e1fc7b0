using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>A forward pass with the handles to differentiate it by.</summary>
/// <param name="Logits">(B, T, V).</param>
/// <param name="Taps">Per tracked layer: the zero tensor (B, T, out) added to its output; requires grad.</param>
/// <param name="Inputs">Per tracked layer: its input (B, T, in), without the bias column.</param>
public sealed record ForwardCapture(Tensor Logits, IReadOnlyList<Tensor> Taps, IReadOnlyList<Tensor> Inputs);
