using Tda.Scoring.Curvature;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Curvature;

public class GramTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(95)]
    [InlineData(96)]
    [InlineData(97)]
    [InlineData(250)]
    public void AddUpper_TwoBatches_MirroredIsTheProduct(int width)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Dense.Vectors(7, width), Dense.Vectors(5, width, seed: 22));
        var sum = zeros([width, width], dtype: ScalarType.Float64);
        Gram.AddUpper(sum, x);
        Gram.AddUpper(sum, y);
        var whole = Gram.Mirror(sum);
        Numbers.Close(x.transpose(0, 1).matmul(x).add(y.transpose(0, 1).matmul(y)), whole, 1e-14, "Xᵀ X + Yᵀ Y");
        Assert.Equal(Numbers.Of(whole), Numbers.Of(whole.transpose(0, 1)));
    }

    [Fact]
    public void Add_MoreAddendsThanAreHeldInSinglePrecision_GivesTheirSum()
    {
        // 2²⁴ + 1 has no single-precision number: one addend after another would be lost.
        using var scope = NewDisposeScope();
        using var sum = new PassSum([1, 1], ScalarType.Float32, CPU);
        for (var i = 0; i < 16; i++)
        {
            sum.Add(part => part.add_(1 << 20));
        }

        for (var i = 0; i < 40; i++)
        {
            sum.Add(part => part.add_(1));
        }

        Assert.Equal(16.0 * (1 << 20) + 40, sum.Total().item<double>());
    }
}
