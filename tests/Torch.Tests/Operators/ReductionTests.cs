using static TorchSharp.torch;

namespace Tda.Torch.Tests.Operators;

public sealed class ReductionTests
{
    [Fact]
    public void SumsAndMeans_OverDimensions_HaveTheirValues()
    {
        using var scope = NewDisposeScope();
        var x = Grid;

        Assert.Equal(21, x.sum().item<double>());
        Assert.Equal([5.0, 7, 9], Values(x.sum(0L)));
        Assert.Equal([1L, 3], x.sum([0], keepdim: true).shape);
        Assert.Equal([2.0, 5], Values(x.mean([1])));
        Assert.Equal(3.5, x.mean().item<double>());
        Assert.Equal(720, x.prod().item<double>());
        Assert.Equal([1.0, 3, 6, 4, 9, 15], Values(x.cumsum(1)));
    }

    /// <summary>The literal 0 converts to an enum, and the API prefers that overload: it must not pass silently.</summary>
    [Fact]
    public void Sum_OverTheLiteralZero_IsRefusedInsteadOfSummingBytes()
    {
        using var scope = NewDisposeScope();

        var error = Assert.Throws<ArgumentException>(() => Grid.sum(0));

        Assert.Contains("sum(0L)", error.Message);
        Assert.Throws<ArgumentException>(() => sum(Grid, 0));
        Assert.Throws<ArgumentException>(() => Grid.prod(0));
    }

    [Fact]
    public void Extremes_GiveValuesAndPositions()
    {
        using var scope = NewDisposeScope();
        var x = Grid;

        var (values, indexes) = x.max(1);

        Assert.Equal([3.0, 6], Values(values));
        Assert.Equal([2L, 2], indexes.data<long>().ToArray());
        Assert.Equal(1, x.min().item<double>());
        Assert.Equal(5, x.argmax().item<long>());
        Assert.Equal([4.0, 5, 6], Values(x.amax([0])));
        Assert.Equal([1.0, 4], Values(x.amin(1)));
    }

    [Fact]
    public void Spread_Norms_Quantiles_HaveTheirValues()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 3.0, 4 });

        Assert.Equal(5, x.norm().item<double>(), 12);
        Assert.Equal(7, x.norm(1f).item<double>(), 12);
        Assert.Equal(Math.Sqrt(0.5), x.std().item<double>(), 12);
        Assert.Equal(0.25, x.var(unbiased: false).item<double>(), 12);
        Assert.Equal(3.25, x.quantile(tensor(0.25)).item<double>(), 12);
        Assert.Equal(Math.Log(Math.Exp(3) + Math.Exp(4)), x.logsumexp(0).item<double>(), 12);
    }

    [Fact]
    public void Sort_Topk_Argsort_Order()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 2.0, 3, 1 });

        var (sorted, positions) = x.sort(descending: true);
        var (top, where) = x.topk(2);

        Assert.Equal([3.0, 2, 1], Values(sorted));
        Assert.Equal([1L, 0, 2], positions.data<long>().ToArray());
        Assert.Equal([3.0, 2], Values(top));
        Assert.Equal([1L, 0], where.data<long>().ToArray());
        Assert.Equal([2L, 0, 1], x.argsort().data<long>().ToArray());
    }

    [Fact]
    public void Unique_ReturnsOnlyWhatWasAskedFor()
    {
        using var scope = NewDisposeScope();

        var (output, inverse, counts) = tensor(new long[] { 5, 1, 5 }).unique(return_counts: true);

        Assert.Equal([1L, 5], output.data<long>().ToArray());
        Assert.Null((object?)inverse);
        Assert.Equal([1L, 2], counts!.data<long>().ToArray());
    }

    [Fact]
    public void GatherAndScatter_AreInverse()
    {
        using var scope = NewDisposeScope();
        var x = Grid;
        var index = tensor(new long[] { 2, 0 }, [2, 1]);

        var picked = x.gather(1, index);
        var spread = zeros(2, 3, ScalarType.Float64).scatter_add_(1, index, picked);

        Assert.Equal([3.0, 4], Values(picked));
        Assert.Equal([0.0, 0, 3, 4, 0, 0], Values(spread));
        Assert.Equal([4.0, 5, 6, 1, 2, 3], Values(x.index_select(0, tensor(new long[] { 1, 0 }))));
        Assert.Equal([1.0, 0, 3, 4, 0, 6], Values(x.masked_fill(tensor(new[] { false, true, false }), 0)));
        var added = zeros(2, ScalarType.Float64).index_add_(0, tensor(new long[] { 1, 1 }), tensor(new[] { 2.0, 3 }), 2);
        Assert.Equal([0.0, 10], Values(added));
    }

    private static Tensor Grid => tensor(new[,] { { 1.0, 2, 3 }, { 4, 5, 6 } });

    private static double[] Values(Tensor x) => x.data<double>().ToArray();
}
