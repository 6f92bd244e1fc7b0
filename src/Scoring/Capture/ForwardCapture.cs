using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>A forward pass with the handles to differentiate it by. Dispose of it once gradients are taken.</summary>
/// <param name="Logits">(B, T, V).</param>
/// <param name="Taps">Per tracked layer: its output (B, T, out) as a node of the graph, or a zero tensor added to it; requires grad.</param>
/// <param name="Inputs">Per tracked layer: its input (B, T, in), without the bias column.</param>
/// <param name="Owner">Owns taps and inputs, where they belong to no dispose scope.</param>
public sealed record ForwardCapture(
    Tensor Logits, IReadOnlyList<Tensor> Taps, IReadOnlyList<Tensor> Inputs, IDisposable? Owner = null) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Owner?.Dispose();
}
