namespace Tda.ProxyTrainer.Models;

/// <summary>Scaled dot-product attention over heads: <c>softmax(qkᵀ/√hs + mask) v</c>.</summary>
internal static class Attention
{
    /// <param name="q">(B, heads, T, hs).</param>
    /// <param name="k">(B, heads, S, hs).</param>
    /// <param name="v">(B, heads, S, hs).</param>
    /// <param name="pass">What may be looked at, and how often the result is differentiated.</param>
    /// <returns>(B · T, heads · hs).</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, ForwardPass pass)
    {
        var mixed = pass.SecondOrder ? Composed(q, k, v, pass.Mask ?? pass.CausalMask)
            : nn.functional.scaled_dot_product_attention(q, k, v, pass.Mask, 0, is_casual: pass.Mask is null);
        return mixed.transpose(1, 2).reshape(q.shape[0] * q.shape[2], -1);
    }

    /// <summary>(B, S, heads · hs) → (B, heads, S, hs).</summary>
    public static Tensor SplitHeads(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, x.shape[2] / heads).transpose(1, 2);

    /// <summary>(B, S, kvHeads · hs) → (B, heads, S, hs): each key-value head serves a group of query heads.</summary>
    public static Tensor SplitGroups(Tensor x, int keyValueHeads, int heads)
    {
        if (keyValueHeads == heads)
        {
            return SplitHeads(x, heads);
        }

        (var batch, var time, var size) = (x.shape[0], x.shape[1], x.shape[2] / keyValueHeads);
        return x.view(batch, time, keyValueHeads, 1, size).expand(batch, time, keyValueHeads, heads / keyValueHeads, size)
            .permute(0, 2, 3, 1, 4).reshape(batch, heads, time, size);
    }

    // The fused operator has no second derivative, and asking for one would end the process.
    private static Tensor Composed(Tensor q, Tensor k, Tensor v, Tensor mask)
    {
        var scores = q.mul(1 / Math.Sqrt(q.shape[3])).matmul(k.transpose(2, 3)).add(mask);
        return q.dtype == ScalarType.BFloat16
            ? nn.functional.softmax(scores.to_type(ScalarType.Float32), -1).to_type(q.dtype).matmul(v)
            : nn.functional.softmax(scores, -1).matmul(v);
    }
}
