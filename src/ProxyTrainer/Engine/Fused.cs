using TorchSharp;

namespace Tda.ProxyTrainer.Engine;

/// <summary>
/// Operators that TorchSharp's API lacks and that a language model spends its time in. With the TorchSharp package they
/// are composed of its operators: the same numbers up to rounding, more slowly.
/// </summary>
public static class Fused
{

    /// <summary>Rows of a table: (V, d) and int64 (n) give (n, d). Its gradient is one pass; that of index_select isn't.</summary>
    public static torch.Tensor Embedding(torch.Tensor table, torch.Tensor ids) =>
        table.index_select(0, ids);

    /// <summary><c>½x(1 + tanh(√(2/π)(x + 0.044715x³)))</c>, GPT-2's approximation of GELU.</summary>
    public static torch.Tensor GeluTanh(torch.Tensor x)
    {
        // ½(1 + tanh z) = σ(2z)
        var scale = 2 * Math.Sqrt(2 / Math.PI);
        return x.mul(x.mul(x).mul(scale * 0.044715).add(scale).mul(x).sigmoid());
    }
}
