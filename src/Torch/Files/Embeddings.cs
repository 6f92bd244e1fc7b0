using static TorchSharp.torch;

namespace Tda.Torch;

/// <summary>Embedding tables; the API offers them as modules only, and surrogates hold their weights themselves.</summary>
public static class Embeddings
{
    /// <summary>Rows of <paramref name="weight"/> (V, D) at <paramref name="ids"/> (…, int64): shape (…, D). Differentiable.</summary>
    public static Tensor Lookup(Tensor weight, Tensor ids)
    {
        using var flat = ids.reshape(-1);
        using var rows = weight.index_select(0, flat);
        return rows.view([.. ids.shape, weight.size(1)]);
    }
}
