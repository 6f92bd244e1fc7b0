using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Models;

/// <summary>A linear layer whose inputs and output gradients attribution looks at: <c>out = x Wᵀ + b (+ tap)</c>.</summary>
/// <param name="Name">Hugging Face's module name, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Weight">(out, in).</param>
/// <param name="Bias">(out), or null.</param>
public sealed record TrackedLinear(string Name, Tensor Weight, Tensor? Bias)
{
    /// <summary>Width of the layer's input, without the ones that a bias is fed by.</summary>
    public int Inputs => (int)Weight.shape[1];

    /// <summary>Width of the layer's output.</summary>
    public int Outputs => (int)Weight.shape[0];
}
