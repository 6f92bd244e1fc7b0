namespace Tda.Core.Tests.Statistics;

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
}
