using Tda.Curation.Rendering;

namespace Tda.Curation.Tests.Rendering;

public class NumbersTests
{
    [Theory]
    [InlineData(1234.5, "+1,234.5")]
    [InlineData(-12.345, "−12.35")]
    [InlineData(0, "0")]
    [InlineData(.0123, "+0.0123")]
    [InlineData(1.5e7, "+1.50\u00a0×\u00a010⁷")]
    [InlineData(-2.5e-5, "−2.50\u00a0×\u00a010⁻⁵")]
    [InlineData(double.NaN, "not a number")]
    public void Score_AnySize_SignedAndReadable(double value, string expected) => Assert.Equal(expected, Numbers.Score(value));

    [Theory]
    [InlineData(.4102, "41.0\u00a0%")]
    [InlineData(.0004, "0.040\u00a0%")]
    [InlineData(0, "0\u00a0%")]
    [InlineData(1, "100\u00a0%")]
    [InlineData(.9999, "99.990\u00a0%")]
    [InlineData(-.968, "−96.8\u00a0%")]
    public void Percent_NearItsEnds_NeverRoundsOntoThem(double share, string expected) => Assert.Equal(expected, Numbers.Percent(share));

    [Theory]
    [InlineData(.6, "share", "60\u00a0%")]
    [InlineData(1.05, "×", "1.05\u00a0×")]
    [InlineData(100, "count", "100")]
    [InlineData(2000, "s", "2,000\u00a0s")]
    public void Limit_RoundNumbers_NoTrailingZeros(double value, string unit, string expected) => Assert.Equal(expected, Numbers.Limit(value, unit));
}
