using Tda.Scoring.Attribution;

namespace Tda.Scoring.Tests.Attribution;

public class ConcentrationMeasureTests
{
    [Fact]
    public void Of_KnownScores_SharesOfThePositive()
    {
        float[] scores = [6, 3, 1, -50, float.NaN, 0];
        var measured = ConcentrationMeasure.Of(scores);
        Assert.Equal(3, measured.Proponents);
        Assert.Equal(10, measured.Positive, 6);
        Assert.Equal(.6, measured.Top1, 6);
        Assert.Equal(1, measured.Top10, 6);
        Assert.Null(measured.TailSlope);
    }

    [Theory]
    [InlineData(.8)]
    [InlineData(1.5)]
    [InlineData(3)]
    public void TailSlope_ParetoScores_IsTheirExponent(double alpha)
    {
        // Inverse transform: x = u^(−1/α) has P(X > x) = x^−α. Hill's relative error with 2,000 in the tail is 2 %.
        var random = new Random(1);
        float[] scores = [.. Enumerable.Range(0, 20_000).Select(_ => (float)Math.Pow(1 - random.NextDouble(), -1 / alpha))];
        Assert.InRange(ConcentrationMeasure.Of(scores).TailSlope!.Value, .93 * alpha, 1.07 * alpha);
    }

    [Fact]
    public void Of_NoProponent_IsZeroNotNaN()
    {
        var measured = ConcentrationMeasure.Of([-1, -2]);
        Assert.Equal((0, 0), (measured.Top1, measured.Proponents));
        Assert.Null(measured.TailSlope);
    }
}
