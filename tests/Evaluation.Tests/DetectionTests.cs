using Tda.Evaluation.Detection;
using Tda.Evaluation.Tests.Reference;
using Tda.Scoring.Attribution.Trust;
using Tda.Scoring.Methods;

namespace Tda.Evaluation.Tests;

public class DetectionTests
{
    [Fact]
    public void Detection_KnownRanking_CountsByHand()
    {
        // Ranking: + − + − −; one document has no score.
        double[] scores = [5, 4, 3, 2, 1, double.NaN];
        var result = DetectionGrader.Grade(scores, [true, false, true, false, false, true], [1, 2, 3, 100]);
        Assert.Equal((5, 2, 1), (result.Documents, result.Positives, result.FirstRank));
        Assert.Equal(5 / 6.0, result.Auroc.Value, 12);
        Assert.Equal([1, .5, 2 / 3.0, .4], result.At.Select(at => at.Precision.Value));
        Assert.Equal([.5, .5, 1, 1], result.At.Select(at => at.Recall.Value));
        Assert.Equal(5, result.At[^1].K);
        Assert.InRange(result.Auroc.Value, result.Auroc.Low, result.Auroc.High);
    }

    [Fact]
    public void Detection_OneClassOnly_HasNoAuroc() =>
        Assert.True(double.IsNaN(DetectionGrader.Grade([1, 2], [true, true], [1]).Auroc.Value));

    [Fact]
    public void Planted_ReciprocalRanks_AreTheirMean()
    {
        var scores = new ScoreMatrix(3, 4);
        float[][] rows = [[9, 1, 2, 3], [1, 2, 9, 3], [1, 8, 7, 9]];   // document 0 is planted: ranks 1, 4, 4
        for (var q = 0; q < 3; q++)
        {
            rows[q].CopyTo(scores.Row(q));
        }

        var result = PlantedGrader.Grade(scores, [3, 1, 2, 4], [true, false, false, false], [1, 2]);
        Assert.Equal((1 + .25 + .25) / 3, result.Mrr.Value, 12);
        Assert.Equal(1 / 3.0, result.RecallAt[1].Value, 12);
        Assert.Equal(2, result.Mean.FirstRank);
        Assert.Equal(3, result.Queries);
    }

    [Fact]
    public void Mislabelled_OpponentsOfRightQueries_AreFoundFirst()
    {
        var scores = new ScoreMatrix(2, 10);
        for (var d = 0; d < 10; d++)
        {
            (scores[0, d], scores[1, d]) = (d, 2 * d);
        }

        var result = MislabelledGrader.Grade(scores, [true, true, false, false, false, false, false, false, false, true]);
        Assert.Equal((1 / 3.0, 2 / 3.0, 2 / 3.0), (result.Inspected["10%"], result.Inspected["20%"], result.Inspected["30%"]));
        Assert.Equal(2 / 3.0, result.Detection.Auroc.Value, 12);
    }

    [Fact]
    public void SplitHalf_SignalAndNoise_MatchesSpearmanBrown()
    {
        var signal = AdditiveBank.Random(5, 400, 1);
        var members = Enumerable.Range(0, 6).Select(m =>
        {
            var member = AdditiveBank.Random(5, 400, 10 + m);
            for (var q = 0; q < 5; q++)
            {
                for (var d = 0; d < 400; d++)
                {
                    member[q, d] += signal[q, d];
                }
            }
            return member;
        }).ToArray();
        var result = SplitHalf.Of(members);
        // Pearson: 1/(1 + 1/3) in halves of three, 1/(1 + 1/6) for six; Spearman's is a little below.
        Assert.InRange(result.HalfCorrelation, .70, .76);
        Assert.InRange(result.Reliability, .82, .87);
        Assert.Equal(1, SplitHalf.Of([signal, signal]).HalfCorrelation, 9);
    }

    [Fact]
    public void OfMean_NormalValues_IntervalMatchesTheory()
    {
        var random = new Random(4);
        double[] values = [.. Enumerable.Range(0, 400).Select(_ => AdditiveBank.Normal(random))];
        var interval = Bootstrap.OfMean(values, new BootstrapOptions { Resamples = 4000 });
        var half = 1.96 * Math.Sqrt(values.Select(v => v - values.Average()).Average(v => v * v) / 400);
        Assert.Equal(values.Average() - half, interval.Low, 2);
        Assert.Equal(values.Average() + half, interval.High, 2);
        Assert.Equal(interval, Bootstrap.OfMean(values, new BootstrapOptions { Resamples = 4000 }));
    }
}
