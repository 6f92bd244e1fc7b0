using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

public class QuantileTests
{
    // numpy.quantile([3, 1, 2, 10], q) of NumPy's default (linear) method.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(.25, 1.75)]
    [InlineData(.5, 2.5)]
    [InlineData(.99, 9.79)]
    [InlineData(1, 10)]
    public void OfSorting_FourValues_InterpolatesAsNumPy(double q, double expected) =>
        Assert.Equal(expected, Quantile.OfSorting([3, 1, 2, 10], q), 12);

    [Fact]
    public void OfSorting_OneValue_IsThatValue() => Assert.Equal(7, Quantile.OfSorting([7], .99));
}
