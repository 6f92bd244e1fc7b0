namespace Tda.Core.Tests.Statistics;

public class CorrelationTests
{
    [Fact]
    public void Spearman_MonotoneAndTied_MatchesRankFormula()
    {
        Assert.Equal(1, Correlation.Spearman([1, 2, 3, 10], [1, 4, 9, 11]), 12);
        Assert.Equal(-1, Correlation.Spearman([1, 2, 3], [3, 2, 1]), 12);
        Assert.Equal(0.94868329805, Correlation.Spearman([1, 2, 2, 4], [1, 2, 3, 4]), 1e-10); // scipy.stats.spearmanr
        Assert.Equal(new[] { 1, 2.5, 2.5, 4 }, Correlation.Ranks([0, 5, 5, 7]));
        Assert.True(double.IsNaN(Correlation.Spearman([1, 1], [1, 2])));
    }
}
