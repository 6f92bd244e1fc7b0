using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Tda.Torch.Tests.Autograd;

public sealed class AutogradTests
{
    [Fact]
    public void Grad_OfSquaredSum_IsTwiceTheInput()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f, 3f }, requires_grad: true);

        var gradient = autograd.grad([x.square().sum()], [x])[0];

        Assert.Equal([2f, 4f, 6f], gradient.data<float>().ToArray());
    }

    [Fact]
    public void Grad_WithCreateGraph_IsDifferentiableAgain()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3.0, requires_grad: true);
        var first = autograd.grad([x.pow(3)], [x], retain_graph: true, create_graph: true)[0];

        var second = autograd.grad([first], [x])[0];

        Assert.Equal(27.0, first.item<double>(), 12);
        Assert.Equal(18.0, second.item<double>(), 12);
    }

    [Fact]
    public void Grad_OfUnusedInput_IsNullWhenAllowed()
    {
        using var scope = NewDisposeScope();
        var used = tensor(2.0, requires_grad: true);
        var unused = tensor(2.0, requires_grad: true);

        var gradients = autograd.grad([used * 3.0], [used, unused], retain_graph: true, allow_unused: true);

        Assert.Equal(3.0, gradients[0].item<double>());
        Assert.Null((object?)gradients[1]);
    }

    [Fact]
    public void Grad_OfUnusedInput_FailsUnlessAllowed()
    {
        using var scope = NewDisposeScope();
        var used = tensor(2.0, requires_grad: true);
        var unused = tensor(2.0, requires_grad: true);

        var error = Assert.Throws<ExternalException>(() => autograd.grad([used * 3.0], [used, unused]));

        Assert.Contains("not have been used", error.Message);
    }

    [Fact]
    public void Grad_TwiceThroughOneGraph_NeedsRetainGraph()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);
        var y = x.exp();
        autograd.grad([y], [x], retain_graph: true);
        autograd.grad([y], [x]);

        Assert.Throws<ExternalException>(() => autograd.grad([y], [x]));
    }

    [Fact]
    public void Grad_WithGradOutputs_IsAVectorJacobianProduct()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, 2.0 }, requires_grad: true);
        var v = tensor(new[] { 10.0, 100.0 });

        var gradient = autograd.grad([x * x], [x], [v])[0];

        Assert.Equal([20.0, 400.0], gradient.data<double>().ToArray());
    }

    [Fact]
    public void Grad_WithRespectToZeroTaps_IsTheGradientOfTheOutputs()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var x = randn(5, 3);
        var w = randn(4, 3);
        var tap = zeros(5, 4, requires_grad: true);
        var output = nn.functional.linear(x, w) + tap;

        var signal = autograd.grad([output.square().sum()], [tap])[0];

        Assert.True(signal.allclose(2 * x.matmul(w.t())));
    }

    [Fact]
    public void Backward_Twice_AccumulatesIntoTheLeaf()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f }, requires_grad: true);
        Assert.True(x.grad is null);

        x.sum().backward();
        (3 * x).sum().backward();

        Assert.Equal([4f, 4f], x.grad!.data<float>().ToArray());
    }
}
