using Tda.Curation.Measures;

namespace Tda.Curation.Tests.Reports;

public class VerdictTests
{
    [Fact]
    public void Of_NoScorecard_ClaimsNothing() => Assert.Null(Verdict.Of(null).Met);

    [Fact]
    public void Of_OneMissed_NamesItAndIsNotMet()
    {
        var verdict = Verdict.Of(SampleReport.Scorecard());
        Assert.False(verdict.Met);
        Assert.Contains("Benign perplexity after, of before", verdict.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Direction.AtLeast, 1.0, true)]
    [InlineData(Direction.AtLeast, .99, false)]
    [InlineData(Direction.AtMost, 1.0, true)]
    [InlineData(Direction.AtMost, 1.01, false)]
    [InlineData(Direction.Equal, 1.0, true)]
    [InlineData(Direction.Equal, 1.01, false)]
    [InlineData(Direction.AtLeast, double.NaN, false)]
    [InlineData(Direction.AtMost, double.NaN, false)]
    public void ThresholdMet_AgainstOne_AsTheDirectionSays(Direction direction, double value, bool met) =>
        Assert.Equal(met, new ScorecardLine("x", value) { Direction = direction, Threshold = 1 }.ThresholdMet());
}
