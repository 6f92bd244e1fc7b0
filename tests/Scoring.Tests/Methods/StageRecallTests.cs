using Tda.Scoring.Methods;

namespace Tda.Scoring.Tests.Methods;

public class StageRecallTests
{
    [Fact]
    public void Estimate_AllOthersScored_IsTheRecall()
    {
        var random = new Random(2);
        float[] scores = [.. Enumerable.Range(0, 200).Select(_ => random.NextSingle())];
        var best = Enumerable.Range(0, 200).OrderByDescending(d => scores[d]).Take(20).ToHashSet();
        var kept = Enumerable.Range(0, 200).Where(d => scores[d] + random.NextSingle() > 1.1).ToHashSet();
        float[] others = [.. Enumerable.Range(0, 200).Where(d => !kept.Contains(d)).Select(d => scores[d])];
        Assert.Equal(best.Count(kept.Contains) / 20.0, StageRecall.Estimate(kept.Select(d => scores[d]), others, others.Length, 20), 1e-12);
    }

    [Fact]
    public void Estimate_ManySamples_AveragesToTheRecall()
    {
        var random = new Random(3);
        float[] scores = [.. Enumerable.Range(0, 400).Select(_ => random.NextSingle())];
        int[] kept = [.. Enumerable.Range(0, 400).Where(d => scores[d] + (.4f * random.NextSingle()) > 1.05f)];
        int[] others = [.. Enumerable.Range(0, 400).Except(kept)];
        var best = Enumerable.Range(0, 400).OrderByDescending(d => scores[d]).Take(40).ToHashSet();
        var truth = kept.Count(best.Contains) / 40.0;
        var mean = Enumerable.Range(0, 300).Average(_ =>
            StageRecall.Estimate(kept.Select(d => scores[d]), [.. others.OrderBy(_ => random.Next()).Take(60).Select(d => scores[d])], others.Length, 40));
        Assert.InRange(truth, .2, .9);
        Assert.InRange(mean, truth - .06, truth + .06);
    }

    [Fact]
    public void Estimate_OneSampledAboveAll_CountsForAllThatItStandsFor() =>
        Assert.Equal(0, StageRecall.Estimate([.5f, .4f], [.9f], others: 50, top: 10));

    [Fact]
    public void Estimate_Nothing_IsNotANumber() => Assert.True(double.IsNaN(StageRecall.Estimate([], [], 0, 5)));
}
