using static TorchSharp.torch;
using static TorchSharp.torch.TensorIndex;

namespace Tda.Torch.Tests.Tensors;

public sealed class IndexingTests
{
    /// <summary>0 … 23 as (2, 3, 4): element (i, j, k) is 12 i + 4 j + k.</summary>
    private static Tensor Cube => arange(24).view(2, 3, 4);

    [Fact]
    public void Index_ByNumbers_SelectsAndSeesTheSameMemory()
    {
        using var scope = NewDisposeScope();
        var x = Cube;

        Assert.Equal(23, x[1, 2, 3].item<long>());
        Assert.Equal([20L, 21, 22, 23], Values(x[-1, -1]));
        x[0].zero_();
        Assert.Equal(0, x[0].sum().item<long>());
    }

    [Fact]
    public void Index_BySlices_FollowsPython()
    {
        using var scope = NewDisposeScope();
        var x = Cube;

        Assert.Equal([1L, 3], Values(x[0, 0, Slice(1, null, 2)]));
        Assert.Equal([2L, 3], Values(x[0, 0, 2..]));
        Assert.Equal([0L, 1, 2], Values(x[0, 0, ..^1]));
        Assert.Equal([3L, 7, 11, 15, 19, 23], Values(x[Ellipsis, -1].flatten()));
        Assert.Equal([2L, 1, 3, 4], x[Colon, None, Slice(), Colon].shape);
    }

    [Fact]
    public void Index_ByMask_Gathers()
    {
        using var scope = NewDisposeScope();
        var x = Cube;

        Assert.Equal([22L, 23], Values(x[x > 21]));
        Assert.Equal([4L, 5, 6, 7], Values(x[TensorIndex.Tensor(x[Colon, Colon, 0] == 4), Slice()].flatten()));
    }

    [Fact]
    public void Index_ByMaskOverTwoDimensionsThenSlice_SlicesTheThird()
    {
        using var scope = NewDisposeScope();
        var x = Cube;

        var picked = x[TensorIndex.Tensor(x[Colon, Colon, 0] == 4), 2..];

        Assert.Equal([6L, 7], Values(picked.flatten()));
    }

    [Fact]
    public void Index_ByTwoIndexTensors_PairsThem()
    {
        using var scope = NewDisposeScope();
        var x = Cube;

        var picked = x[TensorIndex.Tensor(tensor(new long[] { 0, 1 })), TensorIndex.Tensor(tensor(new long[] { 2, 0 })), 1];

        Assert.Equal([9L, 13], Values(picked));
    }

    [Fact]
    public void Index_ByColonThenIndexTensor_KeepsTheFirstDimension()
    {
        using var scope = NewDisposeScope();
        var picked = Cube[Colon, TensorIndex.Tensor(tensor(new long[] { 2, 0 }))];

        Assert.Equal([2L, 2, 4], picked.shape);
        Assert.Equal(8, picked[0, 0, 0].item<long>());
    }

    [Fact]
    public void Assignment_ToSlicesMasksAndNumbers_WritesThrough()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3);

        x[0] = 1;
        x[Colon, 2] = tensor(new[] { 5f, 6f });
        x[x == 1] = 9;

        Assert.Equal([9f, 9, 5, 0, 0, 6], x.data<float>().ToArray());
    }

    [Fact]
    public void Index_WithTooManyIndices_SaysSo()
    {
        using var scope = NewDisposeScope();

        Assert.Throws<ArgumentException>(() => zeros(2)[Colon, Colon]);
    }

    private static long[] Values(Tensor x) => x.data<long>().ToArray();
}
