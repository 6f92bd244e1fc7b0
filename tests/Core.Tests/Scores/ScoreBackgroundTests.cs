namespace Tda.Core.Tests.Scores;

public class ScoreBackgroundTests
{
    [Fact]
    public void Z_RandomScores_IsWhatALoopOverThemGives()
    {
        var random = new Random(3);
        float[] scores = [.. Enumerable.Range(0, 200).Select(_ => (float)(random.NextDouble() * 7 - 2)), float.NaN];
        double sum = 0, squares = 0;
        for (var d = 0; d < 200; d++)
        {
            sum += scores[d];
        }

        for (var d = 0; d < 200; d++)
        {
            squares += Math.Pow(scores[d] - sum / 200, 2);
        }

        var background = ScoreBackground.Of(scores);
        Assert.Equal(sum / 200, background.Mean, 12);
        Assert.Equal((scores[7] - sum / 200) / Math.Sqrt(squares / 200), background.Z(scores[7])!.Value, 9);
    }

    [Fact]
    public void Z_ByHand_CountsDeviationsOfOneDraw()
    {
        // Mean 2, deviation √((1 + 1 + 1 + 9) / 4) = √3.
        var background = ScoreBackground.Of([1, 1, 1, 5]);
        Assert.Equal(Math.Sqrt(3), background.Z(5)!.Value, 12);
        Assert.Equal(-1 / Math.Sqrt(3), background.Z(1)!.Value, 12);
    }

    [Fact]
    public void Z_ScoresTimesAThousand_IsTheSame() => // methods differ in scale, and z doesn't
        Assert.Equal(ScoreBackground.Of([.3f, -.2f, 1.7f]).Z(1.7f)!.Value, ScoreBackground.Of([300, -200, 1700]).Z(1700)!.Value, 5);

    [Theory]
    [InlineData()]
    [InlineData(float.NaN)]
    [InlineData(.1f, .1f, .1f)]
    public void Z_NothingToCompareWith_IsNull(params float[] scores) => Assert.Null(ScoreBackground.Of(scores).Z(4));
}
