using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Models;

/// <summary>Scaled dot-product attention over heads: <c>softmax(qkᵀ/√hs + mask) v</c>.</summary>
internal static class Attention
{
    /// <param name="q">(B · heads, T, hs).</param>
    /// <param name="k">(B · heads, S, hs).</param>
    /// <param name="v">(B · heads, S, hs).</param>
    /// <param name="mask">(T, S) or (B · heads, T, S), added.</param>
    /// <param name="batch">B.</param>
    /// <returns>(B · T, heads · hs).</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor mask, int batch)
    {
        var time = q.shape[1];
        var size = q.shape[2];
        var scores = q.mul(1 / Math.Sqrt(size)).bmm(k.transpose(1, 2)).add(mask);
        var mixed = bmm(nn.functional.softmax(scores, -1), v);
        return mixed.view(batch, -1, time, size).transpose(1, 2).reshape(batch * time, -1);
    }

    /// <summary>(B, T, heads · hs) → (B · heads, T, hs).</summary>
    public static Tensor SplitHeads(Tensor x, int heads)
    {
        (var batch, var time, var width) = (x.shape[0], x.shape[1], x.shape[2]);
        return x.view(batch, time, heads, width / heads).transpose(1, 2).reshape(batch * heads, time, width / heads);
    }

    /// <summary>(B, S, kvHeads · hs) → (B · heads, S, hs): each key-value head serves a group of query heads.</summary>
    public static Tensor SplitGroups(Tensor x, int keyValueHeads, int heads)
    {
        if (keyValueHeads == heads)
        {
            return SplitHeads(x, heads);
        }

        (var batch, var time, var size) = (x.shape[0], x.shape[1], x.shape[2] / keyValueHeads);
        return x.view(batch, time, keyValueHeads, 1, size).expand(batch, time, keyValueHeads, heads / keyValueHeads, size)
            .permute(0, 2, 3, 1, 4).reshape(batch * heads, time, size);
    }
}
