using TorchSharp;
using static TorchSharp.torch;

namespace Tda.Torch.Tests.Operators;

public sealed class ArithmeticTests
{
    [Fact]
    public void Operators_WithNumbersOnEitherSide_HaveTheirValues()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, 2, 4 });

        Assert.Equal([3.0, 4, 6], Values(2 + x));
        Assert.Equal([-1.0, 0, 2], Values(x - 2));
        Assert.Equal([1.0, 0, -2], Values(2 - x));
        Assert.Equal([2.0, 4, 8], Values(x * 2f));
        Assert.Equal([0.5, 1, 2], Values(x / 2L));
        Assert.Equal([4.0, 2, 1], Values(4.0 / x));
        Assert.Equal([-1.0, -2, -4], Values(-x));
        Assert.Equal([1.0, 2, 1], Values(x % 3));
    }

    [Fact]
    public void Operators_OnIntegersWithIntegers_StayIntegers()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new long[] { 7, -7 });

        Assert.Equal(ScalarType.Int64, (x * 2).dtype);
        Assert.Equal([3L, -4], x.div(2, RoundingMode.floor).data<long>().ToArray());
        Assert.Equal([3L, -3], x.div(2, RoundingMode.trunc).data<long>().ToArray());
        Assert.Equal(ScalarType.Float32, (x / 2).dtype);
    }

    [Fact]
    public void InPlaceOperators_ReturnTheSameTensor()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, 4, 9 });
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        var same = x.mul_(2).add_(1).sub_(1).div_(2).sqrt_();

        Assert.Same(x, same);
        Assert.Equal([1.0, 2, 3], Values(x));
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Add_WithAlpha_Addcmul_Addcdiv_Lerp_FollowTheirFormulas()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, 2 });
        var y = tensor(new[] { 3.0, 4 });

        Assert.Equal([7.0, 10], Values(x.add(y, 2)));
        Assert.Equal([4.0, 10], Values(x.addcmul(y, x, 1)));
        Assert.Equal([7.0, 6], Values(x.addcdiv(y, x, 2)));
        Assert.Equal([2.0, 3], Values(x.lerp(y, tensor(0.5))));
        x.addcmul_(y, y, 0.5).addcdiv_(y, y, -1).copy_(x * 2);
        Assert.Equal([9.0, 18], Values(x));
    }

    [Fact]
    public void ElementaryFunctions_AgreeWithDotNets()
    {
        using var scope = NewDisposeScope();
        double[] points = [0.1, 0.5, 1.5, 3];
        var x = tensor(points);

        Close(points.Select(Math.Exp), x.exp());
        Close(points.Select(v => Math.Log(v)), x.log());
        Close(points.Select(Math.Sqrt), x.sqrt());
        Close(points.Select(v => 1 / Math.Sqrt(v)), x.rsqrt());
        Close(points.Select(Math.Tanh), x.tanh());
        Close(points.Select(v => 1 / (1 + Math.Exp(-v))), x.sigmoid());
        Close(points.Select(v => v / (1 + Math.Exp(-v))), x.silu());
        Close(points.Select(v => Math.Pow(v, 2.5)), x.pow(2.5));
        Close(points.Select(v => Math.Exp(v) - 1), x.expm1());
        Close([0.1124629160182849, 0.5204998778130465, 0.9661051464753108, 0.9999779095030014], x.erf());
        Close([0.5, 0.5, 1, 1], x.clamp(0.5, 1));
        Close([0.1, 0.5, 1, 1], x.clamp(max: 1));
        Close([0.1 * 0.539827837, 0.5 * 0.691462461, 1.5 * 0.933192799, 3 * 0.998650102], nn.functional.gelu(x), 1e-8);
    }

    [Fact]
    public void Comparisons_AndLogic_GiveTruthValues()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2, 3 });

        Assert.Equal([false, true, false], (x == 2).data<bool>().ToArray());
        Assert.Equal([true, false, true], (x != 2).data<bool>().ToArray());
        Assert.Equal([false, false, true], ((x > 1) & (x >= 3)).data<bool>().ToArray());
        Assert.Equal([true, false, true], ((x < 2) | ~(x <= 2)).data<bool>().ToArray());
        Assert.Equal([true, true, false], (3 > x).data<bool>().ToArray());
        Assert.Equal([1f, -1, 3], where(x == 2, tensor(-1f), x).data<float>().ToArray());
        Assert.True((bool)(x > 0).all());
        Assert.True(x.Equals(x.clone()));
        Assert.Equal([true, false, false], tensor(new[] { 1f, float.NaN, float.PositiveInfinity }).isfinite().data<bool>().ToArray());
    }

    [Fact]
    public void MixedTypes_PromoteAsInPython()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(ScalarType.Float32, (tensor(new[] { 1 }) + 0.5).dtype);
        Assert.Equal(ScalarType.Float64, (tensor(new[] { 1f }) + tensor(new[] { 1.0 })).dtype);
        Assert.Equal(ScalarType.Float32, (tensor(new[] { 1f }) * 2.0).dtype);
    }

    private static double[] Values(Tensor x) => x.data<double>().ToArray();

    private static void Close(IEnumerable<double> expected, Tensor actual, double tolerance = 1e-14)
    {
        foreach (var (e, a) in expected.Zip(Values(actual)))
            Assert.Equal(e, a, tolerance);
    }
}
