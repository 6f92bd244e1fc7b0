using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Models;

/// <summary>A linear layer whose inputs and output gradients attribution looks at: <c>out = x Wᵀ + b (+ tap)</c>.</summary>
/// <param name="Name">Hugging Face's module name, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Weight">(out, in).</param>
/// <param name="Bias">(out), or null.</param>
public sealed record TrackedLinear(string Name, Tensor Weight, Tensor? Bias)
{
    public int Inputs => (int)Weight.shape[1];

    public int Outputs => (int)Weight.shape[0];
}
