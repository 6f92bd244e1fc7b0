using Tda.ProxyTrainer.Engine;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Tda.ProxyTrainer.Tests.Engine;

public sealed class NeuralTests
{
    [Fact]
    public void CrossEntropy_IsTheMeanOfMinusLogSoftmaxAndSkipsIgnored()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[,] { { 1.0, 2 }, { 0, 0 }, { 3, 1 } });
        var target = tensor(new long[] { 1, 0, -100 });

        var mean = functional.cross_entropy(logits, target);
        var each = functional.cross_entropy(logits, target, reduction: Reduction.None);

        var first = Math.Log(1 + Math.Exp(-1));
        Assert.Equal((first + Math.Log(2)) / 2, mean.item<double>(), 12);
        Assert.Equal([first, Math.Log(2), 0], each.data<double>().ToArray());
        var nll = functional.nll_loss(logits.log_softmax(-1)[..2], target[..2], reduction: Reduction.Sum);
        Assert.Equal(2 * mean.item<double>(), nll.item<double>(), 12);
    }

    [Fact]
    public void LayerNorm_HasMeanZeroAndVarianceOne()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var x = functional.layer_norm(randn(4, 16, ScalarType.Float64), [16]);

        Assert.True(x.mean([-1]).abs().max().item<double>() < 1e-12);
        Assert.Equal(1, x.var(-1, unbiased: false).mean().item<double>(), 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Attention_AgreesWithALoopOverPositions(bool causal)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var (q, k, v) = (randn(2, 5, 3, ScalarType.Float64), randn(2, 5, 3, ScalarType.Float64), randn(2, 5, 3, ScalarType.Float64));

        var fast = functional.scaled_dot_product_attention(q, k, v, is_casual: causal);

        for (var t = 0; t < 5; t++)
        {
            var seen = causal ? t + 1 : 5;
            var weights = (k[.., ..seen].matmul(q[.., t].unsqueeze(-1)) / Math.Sqrt(3)).softmax(1);
            Assert.True(fast[.., t].allclose((weights * v[.., ..seen]).sum(1), 1e-10));
        }
    }

    [Fact]
    public void Attention_WithAMask_IgnoresMaskedKeys()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var (q, k, v) = (randn(2, 4, 3), randn(2, 4, 3), randn(2, 4, 3));
        var allowed = tensor(new[] { true, true, false, false });

        var masked = functional.scaled_dot_product_attention(q, k, v, allowed);

        Assert.True(masked.allclose(functional.scaled_dot_product_attention(q, k[.., ..2], v[.., ..2]), 1e-5, 1e-6));
    }

    [Fact]
    public void Dropout_WithoutTraining_IsTheIdentity()
    {
        using var scope = NewDisposeScope();
        var x = ones(1000);
        manual_seed(5);

        Assert.True(functional.dropout(x, 0.5, training: false).Equals(x));
        var kept = (functional.dropout(x, 0.5) > 0).sum().item<long>();
        Assert.InRange(kept, 400, 600);
    }

    [Fact]
    public void Embedding_GathersRowsAndAccumulatesTheirGradients()
    {
        using var scope = NewDisposeScope();
        var table = tensor(new[,] { { 1f, 2 }, { 3, 4 }, { 5, 6 } }, requires_grad: true);

        var rows = table.index_select(0, tensor(new long[] { 2, 0, 2, 2 }));
        var gradient = Autograd.Grad([rows.sum()], [table])[0];

        Assert.Equal([4L, 2], rows.shape);
        Assert.Equal([5f, 6, 1, 2], rows[..2].data<float>().ToArray());
        Assert.Equal([1f, 1, 0, 0, 3, 3], gradient.data<float>().ToArray());
    }

    [Fact]
    public void GeluTanh_FollowsItsFormula()
    {
        using var scope = NewDisposeScope();

        var y = functional.gelu(tensor(new[] { -1.0, 2 }), TorchSharp.Modules.GELU.Approximate.tanh, false).data<double>().ToArray();

        Assert.All(new[] { -1.0, 2 }.Zip(y), p => Assert.Equal(
            0.5 * p.First * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (p.First + 0.044715 * Math.Pow(p.First, 3)))), p.Second, 1e-12));
    }
}
