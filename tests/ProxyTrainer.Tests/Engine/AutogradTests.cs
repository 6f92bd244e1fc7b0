using Tda.ProxyTrainer.Engine;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

public sealed class AutogradTests
{
    [Fact]
    public void Grad_OfAPolynomial_IsItsDerivative()
    {
        using var scope = NewDisposeScope();
        var x = tensor([2.0, -1.0], requires_grad: true);

        var gradient = Autograd.Grad([x.pow(3)], [x], [tensor([1.0, 10.0])])[0];

        Assert.Equal([12.0, 30.0], gradient.data<double>().ToArray()); // 3x² · weight
    }

    [Fact]
    public void Grad_OfAGradient_IsTheSecondDerivative()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.0, requires_grad: true);

        var first = Autograd.Grad([x.pow(3)], [x], createGraph: true)[0];

        Assert.Equal(12, first.item<double>());
        Assert.Equal(12, Autograd.Grad([first], [x])[0].item<double>()); // 6x
    }

    [Fact]
    public void Grad_TwiceOverOneGraph_NeedsItRetained()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3.0, requires_grad: true);
        var y = x.mul(x);

        Assert.Equal(6, Autograd.Grad([y], [x], retainGraph: true)[0].item<double>());
        Assert.Equal(6, Autograd.Grad([y], [x])[0].item<double>());
        Assert.Throws<InvalidOperationException>(() => Autograd.Grad([y], [x]));
    }

    /// <summary>
    /// In LibTorch each of these is a C++ error, and TorchSharp lets it end the process. So the cases run in a process of their own: had a
    /// check been forgotten, this test would fail, and not the whole run.
    /// </summary>
    [Fact]
    public async Task Grad_WithInputsThatLibTorchRefuses_ThrowsAndTheProcessLives()
    {
        await using var child = ChildProcess.StartManaged(
            "Tda.ProxyTrainer.Tests", ["-noLogo", "-noColor", "-explicit", "only", "-class", typeof(AutogradRefusals).FullName!]);

        var result = await child.ExitAsync(TimeSpan.FromMinutes(3));

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Contains("Total: 8", result.Output, StringComparison.Ordinal);
    }
}

/// <summary>Run by <see cref="AutogradTests"/> in a process of their own.</summary>
public sealed class AutogradRefusals
{
    public static TheoryData<string> Cases => [.. Refused.Keys];

    private static Dictionary<string, Action> Refused { get; } = new(StringComparer.Ordinal)
    {
        ["an output without gradient"] = () => Autograd.Grad([ones(1)], [Leaf()]),
        ["an input without gradient"] = () => Autograd.Grad([Leaf().sum()], [ones(2)]),
        ["an input outside of the graph"] = () => Autograd.Grad([Leaf().sum()], [Leaf()]),
        ["no weights for a vector"] = () =>
        {
            var x = Leaf();
            Autograd.Grad([x.mul(2)], [x]);
        },
        ["weights of another shape"] = () =>
        {
            var x = Leaf();
            Autograd.Grad([x.mul(2)], [x], [ones(3)]);
        },
        ["weights of another type"] = () =>
        {
            var x = Leaf();
            Autograd.Grad([x.mul(2)], [x], [ones(2, ScalarType.Float64)]);
        },
        ["fewer weights than outputs"] = () =>
        {
            var x = Leaf();
            Autograd.Grad([x.mul(2), x.mul(3)], [x], [ones(2)]);
        },
        ["nothing to differentiate by"] = () => Autograd.Grad([Leaf().sum()], []),
    };

    [Theory(Explicit = true)]
    [MemberData(nameof(Cases))]
    public void Grad_Refused_Throws(string name)
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(Refused[name]);
    }

    private static Tensor Leaf() => ones(2, requires_grad: true);
}
