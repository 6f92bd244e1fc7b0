namespace Tda.ProxyTrainer.Models;

/// <summary>The gpt2 family's activation.</summary>
public enum Activation
{
    /// <summary><c>½x(1 + tanh(√(2/π)(x + 0.044715x³)))</c>, Hugging Face's <c>gelu_new</c>.</summary>
    GeluNew,

    /// <summary><c>xΦ(x)</c>, exact.</summary>
    Gelu,
}
