using Tda.Scoring.Methods;
using Tda.Scoring.Units;

namespace Tda.Scoring.Tests.Units;

public class EnsembleScoresTests
{
    [Fact]
    public void Mean_ThreeMembers_MeanSpreadAndIntervalByHand()
    {
        var ensemble = new EnsembleScores(1, 2);
        foreach (var value in new[] { 1f, 2f, 6f }) ensemble.Add(Matrix(value, -value));
        var mean = ensemble.Mean();
        Assert.Equal(3, mean[0, 0], 6);
        Assert.Equal(-3, mean[0, 1], 6);
        // Deviations −2, −1, 3: variance 14/2.
        Assert.Equal(Math.Sqrt(7), ensemble.Spread(0, 0)!.Value, 9);
        var half = 4.303 * Math.Sqrt(7) / Math.Sqrt(3);
        Assert.Equal(3 - half, ensemble.Interval(0, 0)!.Low, 9);
        Assert.Equal(3 + half, ensemble.Interval(0, 0)!.High, 9);
    }

    [Fact]
    public void Spread_OneMember_IsNone()
    {
        var ensemble = new EnsembleScores(1, 2);
        ensemble.Add(Matrix(1, 2));
        Assert.Null(ensemble.Spread(0, 0));
        Assert.Null(ensemble.Interval(0, 0));
    }

    [Fact]
    public void Mean_DocumentSetApartByOneMember_IsNaN()
    {
        var ensemble = new EnsembleScores(1, 2);
        ensemble.Add(Matrix(1, float.NaN));
        ensemble.Add(Matrix(1, 2));
        Assert.True(float.IsNaN(ensemble.Mean()[0, 1]));
    }

    [Fact]
    public void Interval_NormalScores_HoldsTheMeanNineteenTimesInTwenty()
    {
        var random = new Random(3);
        var held = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var ensemble = new EnsembleScores(1, 1);
            for (var m = 0; m < 5; m++)
            {
                var scores = new ScoreMatrix(1, 1);
                scores[0, 0] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
                ensemble.Add(scores);
            }
            var interval = ensemble.Interval(0, 0)!;
            if (interval.Low <= 0 && interval.High >= 0) held++;
        }
        Assert.InRange(held / 2000.0, .935, .965);
    }

    private static ScoreMatrix Matrix(params float[] values)
    {
        var scores = new ScoreMatrix(1, values.Length);
        values.CopyTo(scores.Row(0));
        return scores;
    }
}
