namespace Tda.ProxyTrainer.Models;

/// <summary>Decoder-only architectures, named as Hugging Face's <c>model_type</c>.</summary>
public enum ModelFamily
{
    /// <summary>RMSNorm, rotary positions, SwiGLU, grouped queries.</summary>
    Llama,

    /// <summary>LayerNorm, learned positions, GELU, biases everywhere.</summary>
    Gpt2,
}
