using static TorchSharp.torch;

namespace Tda.Torch.Tests.Tensors;

public sealed class CreationTests
{
    public static TheoryData<ScalarType> Types =>
    [
        ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Int64, ScalarType.Bool,
        ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64,
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public void Zeros_OfEveryType_HasThatTypeShapeAndBytes(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3, type);

        Assert.Equal(type, x.dtype);
        Assert.Equal([2L, 3L], x.shape);
        Assert.Equal(6 * x.element_size(), x.bytes.Length);
        Assert.True(x.bytes.IndexOfAnyExcept((byte)0) < 0);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void To_EveryTypeAndDeviceAndBack_KeepsSmallIntegers(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = tensor(new long[] { 0, 1, 1, 0 });

        var back = x.to(type, TestDevices.Best).to(CPU).to(ScalarType.Int64);

        Assert.Equal([0L, 1L, 1L, 0L], back.data<long>().ToArray());
    }

    [Fact]
    public void Tensor_OfEveryDotNetType_RoundTrips()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([true, false], tensor(new[] { true, false }).data<bool>().ToArray());
        Assert.Equal(new byte[] { 0, 255 }, tensor(new byte[] { 0, 255 }).data<byte>().ToArray());
        Assert.Equal(new sbyte[] { -128, 127 }, tensor(new sbyte[] { -128, 127 }).data<sbyte>().ToArray());
        Assert.Equal([short.MinValue, short.MaxValue], tensor(new[] { short.MinValue, short.MaxValue }).data<short>().ToArray());
        Assert.Equal([int.MinValue, int.MaxValue], tensor(new[] { int.MinValue, int.MaxValue }).data<int>().ToArray());
        Assert.Equal([long.MinValue, long.MaxValue], tensor(new[] { long.MinValue, long.MaxValue }).data<long>().ToArray());
        Assert.Equal([(Half)1.5f, Half.NegativeInfinity], tensor(new[] { (Half)1.5f, Half.NegativeInfinity }).data<Half>().ToArray());
        Assert.Equal([float.Epsilon, float.NaN], tensor(new[] { float.Epsilon, float.NaN }).data<float>().ToArray());
        Assert.Equal([Math.PI, double.MaxValue], tensor(new[] { Math.PI, double.MaxValue }).data<double>().ToArray());
    }

    [Fact]
    public void FromArray_OfTwoDimensions_IsRowMajor()
    {
        using var x = from_array(new[,] { { 1, 2, 3 }, { 4, 5, 6 } });

        Assert.Equal([2L, 3L], x.shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], x.data<int>().ToArray());
        Assert.Equal(6, ((int[,])x.data<int>().ToNDArray())[1, 2]);
    }

    [Fact]
    public void Tensor_OfAList_TakesAShape()
    {
        using var x = tensor(new List<float> { 1, 2, 3, 4, 5, 6 }, [3, 2]);

        Assert.Equal(4f, x[1, 1].item<float>());
    }

    [Fact]
    public void Tensor_WithAShapeThatDoesNotFit_SaysSo()
    {
        var error = Assert.Throws<ArgumentException>(() => tensor(new float[5], [2, 3]));

        Assert.Contains("5 elements", error.Message);
    }

    [Fact]
    public void Data_OfAnotherType_SaysSo()
    {
        using var x = zeros(2);

        Assert.Throws<ArgumentException>(() => x.data<double>());
        Assert.Throws<ArgumentException>(() => tensor(1).item<float>());
    }

    [Fact]
    public void Data_OfATransposedTensor_IsInRowMajorOrder()
    {
        using var scope = NewDisposeScope();
        var x = arange(6, dtype: ScalarType.Int32).view(2, 3).t();

        Assert.Equal([0, 3, 1, 4, 2, 5], x.data<int>().ToArray());
        Assert.Equal(4, x.data<int>()[1, 1]);
        Assert.Equal([4, 2], CopyFrom(x, 3, 2));
    }

    [Fact]
    public void Bytes_OfAContiguousTensor_AreItsMemory()
    {
        using var x = tensor(new[] { 1, 2 });
        x.bytes[0] = 7;

        Assert.Equal([7, 2], x.data<int>().ToArray());
    }

    [Fact]
    public void Bytes_OfAStridedTensor_AreRefused()
    {
        using var scope = NewDisposeScope();

        Assert.Throws<InvalidOperationException>(() => zeros(2, 3).t().bytes.Length);
    }

    [Fact]
    public void Arange_OfIntegers_IsInt64AndOtherwiseTheDefaultType()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([0L, 1, 2], arange(3).data<long>().ToArray());
        Assert.Equal([0f, 0.5f], arange(0, 1, 0.5).data<float>().ToArray());
        Assert.Equal([2L, 5], arange(2, 8, 3).data<long>().ToArray());
    }

    [Fact]
    public void Full_Eye_Linspace_HaveTheirValues()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([2.5f, 2.5f], full(2, 2.5).data<float>().ToArray());
        Assert.Equal([1f, 0, 0, 1], eye(2).data<float>().ToArray());
        Assert.Equal([0f, 0.5f, 1], linspace(0, 1, 3).data<float>().ToArray());
    }

    [Fact]
    public void LikeFunctions_TakeTypeAndDeviceOfTheirModel()
    {
        using var scope = NewDisposeScope();
        var x = zeros([2, 2], ScalarType.Float64, TestDevices.Best);

        var y = x.ones_like();

        Assert.Equal(ScalarType.Float64, y.dtype);
        Assert.Equal(TestDevices.Best.type, y.device_type);
        Assert.Equal(4, y.sum().item<double>());
    }

    private static int[] CopyFrom(Tensor tensor, long position, int count)
    {
        var target = new int[count];
        tensor.data<int>().CopyTo(target, 0, position);
        return target;
    }
}
