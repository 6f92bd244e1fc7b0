using static TorchSharp.torch;

namespace Tda.Torch.Tests.Operators;

public sealed class RandomTests
{
    [Fact]
    public void Generators_WithTheSameSeed_GiveTheSameNumbers()
    {
        using var scope = NewDisposeScope();
        using var a = new Generator(11);
        using var b = new Generator(11);
        using var c = new Generator(12);

        var first = randn(100, generator: a);

        Assert.True(first.Equals(randn(100, generator: b)));
        Assert.False(first.Equals(randn(100, generator: c)));
        Assert.Equal(11, a.initial_seed());
    }

    [Fact]
    public void Generator_WithItsStatePutBack_Repeats()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var state = generator.get_state();
        var first = rand(10, generator: generator);

        generator.set_state(state);

        Assert.True(first.Equals(rand(10, generator: generator)));
        generator.manual_seed(4);
        Assert.True(first.Equals(rand(10, generator: generator)));
    }

    [Fact]
    public void Generator_OnTheDevice_IsReproducible()
    {
        using var scope = NewDisposeScope();
        using var a = new Generator(11, TestDevices.Best);
        using var b = new Generator(11, TestDevices.Best);

        Assert.True(rand(9, device: TestDevices.Best, generator: a).Equals(rand(9, device: TestDevices.Best, generator: b)));
    }

    [Fact]
    public void Multinomial_FollowsTheWeights()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);

        var drawn = multinomial(tensor(new[] { 0f, 1, 3 }), 4000, replacement: true, generator);

        var counts = drawn.bincount(null, 3).data<long>().ToArray();
        Assert.Equal(0, counts[0]);
        Assert.InRange(counts[2], 2900, 3100);
    }

    [Fact]
    public void Randint_AndRandperm_StayInRange()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);

        var numbers = randint(3, 6, [1000], generator: generator);
        var order = randperm(50, generator: generator);

        Assert.Equal(3, numbers.min().item<long>());
        Assert.Equal(5, numbers.max().item<long>());
        Assert.True(order.sort().Values.Equals(arange(50)));
    }
}
