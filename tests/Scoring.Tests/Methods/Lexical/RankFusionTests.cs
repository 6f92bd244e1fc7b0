using Tda.Scoring.Methods.Lexical;

namespace Tda.Scoring.Tests.Methods.Lexical;

public class RankFusionTests
{
    [Fact]
    public void Fuse_TwoRankings_SumsReciprocalRanksByHand()
    {
        // Ranks 1, 2, 3 and 3, 1, 2: a strong opponent is last, not first.
        var fused = RankFusion.Fuse([[5, 2, 1], [-9, 4, 0]], 60);
        Assert.Equal(1 / 61.0 + 1 / 63.0, fused[0], 7);
        Assert.Equal(1 / 62.0 + 1 / 61.0, fused[1], 7);
        Assert.Equal(1 / 63.0 + 1 / 62.0, fused[2], 7);
    }

    [Fact]
    public void Fuse_Ties_ShareTheirMeanRank()
    {
        var fused = RankFusion.Fuse([[1, 1, 0]], 10);
        Assert.Equal(1 / 11.5, fused[0], 6);
        Assert.Equal(fused[0], fused[1]);
        Assert.Equal(1 / 13.0, fused[2], 6);
    }

    [Fact]
    public void Fuse_DocumentSetApart_IsNaNAndTakesNoRank()
    {
        var fused = RankFusion.Fuse([[9, 3, 2], [float.NaN, 1, 2]], 60);
        Assert.True(float.IsNaN(fused[0]));
        Assert.Equal(1 / 61.0 + 1 / 62.0, fused[1], 7);
    }
}
