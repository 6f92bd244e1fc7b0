namespace Tda.Core.Tests.Statistics;

public class StudentTTests
{
    /* Abramowitz and Stegun, table 26.10, two-sided: .975 is their 95 %. */
    [Theory]
    [InlineData(.975, 1, 12.706)]
    [InlineData(.95, 1, 6.314)]
    [InlineData(.975, 2, 4.303)]
    [InlineData(.95, 5, 2.015)]
    [InlineData(.995, 10, 3.169)]
    [InlineData(.95, 30, 1.697)]
    [InlineData(.975, 120, 1.980)]
    public void Quantile_KnownValues_AreThoseOfTheTable(double probability, int freedom, double expected) =>
        Assert.Equal(expected, StudentT.Quantile(probability, freedom), 3);

    [Fact]
    public void Within_AnyFreedom_IsTheIntegralOfTheDensity()
    {
        foreach (var freedom in new[] { 1, 2, 3, 8, 31 })
        {
            // Over (0, 2) by Simpson's rule; the constant by the same rule over the angle, which has all of the density.
            double Density(double t) => Math.Pow(1 + t * t / freedom, -(freedom + 1) / 2.0);
            var all = Simpson(angle => Math.Pow(Math.Cos(angle), freedom - 1), 0, Math.PI / 2) * Math.Sqrt(freedom);
            Assert.Equal(Simpson(Density, 0, 2) / all, StudentT.Within(2, freedom), 9);
        }
    }

    [Fact]
    public void Quantile_OutOfRange_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Quantile(.4, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Quantile(.9, 0));
    }

    private static double Simpson(Func<double, double> of, double from, double to)
    {
        const int Steps = 2000;
        var width = (to - from) / Steps;
        return width / 3 * Enumerable.Range(0, Steps + 1).Sum(i => of(from + i * width) * (i is 0 or Steps ? 1 : i % 2 == 0 ? 2 : 4));
    }
}
