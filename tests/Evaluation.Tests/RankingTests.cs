namespace Tda.Evaluation.Tests;

public class RankingTests
{
    [Fact]
    public void Auroc_Ties_CountHalf()
    {
        Assert.Equal(1, Ranking.Auroc([1, 2, 3, 4], [false, false, true, true]));
        Assert.Equal(0, Ranking.Auroc([4, 3, 2, 1], [false, false, true, true]));
        Assert.Equal(.5, Ranking.Auroc([1, 1, 1, 1], [false, true, false, true]));
        Assert.Equal(.875, Ranking.Auroc([1, 2, 2, 3], [false, false, true, true]));
        Assert.True(double.IsNaN(Ranking.Auroc([1, 2], [true, true])));
    }

    [Fact]
    public void PrecisionAndRecall_TopK_CountPositives()
    {
        double[] scores = [.1, .9, .8, .2];
        bool[] positive = [true, true, false, true];
        Assert.Equal(.5, Ranking.PrecisionAt(2, scores, positive));
        Assert.Equal(1 / 3.0, Ranking.RecallAt(2, scores, positive), 12);
        Assert.Equal(1, Ranking.SourcePrecisionAt(2, scores, ["ham", "spam", "spam", "ham"], "spam"));
        Assert.Equal(.75, Ranking.PrecisionAt(100, scores, positive));
    }

    [Fact]
    public void Spearman_MonotoneAndTied_MatchesRankFormula()
    {
        Assert.Equal(1, Correlation.Spearman([1, 2, 3, 10], [1, 4, 9, 11]), 12);
        Assert.Equal(-1, Correlation.Spearman([1, 2, 3], [3, 2, 1]), 12);
        Assert.Equal(new[] { 1, 2.5, 2.5, 4 }, Correlation.Ranks([0, 5, 5, 7]));
        Assert.True(double.IsNaN(Correlation.Spearman([1, 1], [1, 2])));
    }
}
