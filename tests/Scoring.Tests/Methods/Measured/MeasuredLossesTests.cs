using Tda.Scoring.Methods.Measured;

namespace Tda.Scoring.Tests.Methods.Measured;

public class MeasuredLossesTests
{
    [Fact]
    public void Of_NotFinite_IsLeftOutByName()
    {
        var outcomes = Outcomes();
        outcomes.Losses[4][1][2] = double.NaN;
        var losses = MeasuredLosses.Of(outcomes, [[0], [2]]);
        Assert.Equal(["subset 4, seed 1: a loss is not finite"], losses.LeftOut);
        Assert.Equal(20, losses.Kept.Count); // its other retraining is there
        Assert.Equal(outcomes.Losses[4][0][2], losses.Losses[1][4]);
        Assert.Empty(MeasuredLosses.Of(outcomes, [[0], [1]]).LeftOut); // nobody asks for that query
    }

    [Fact]
    public void Of_SubsetWithoutARetrainingLeft_IsLeftOut()
    {
        var outcomes = Outcomes();
        (outcomes.Losses[4][0][0], outcomes.Losses[4][1][0]) = (double.NaN, double.PositiveInfinity);
        var losses = MeasuredLosses.Of(outcomes, [[0]]);
        Assert.Equal(19, losses.Kept.Count);
        Assert.Same(outcomes.Kept[5], losses.Kept[4]);
    }

    [Fact]
    public void Of_RetrainingThatWentWrongAsAWhole_IsLeftOutByName()
    {
        var outcomes = Outcomes();
        Array.Fill(outcomes.Losses[7][0], 900);
        Assert.Equal(["subset 7, seed 0: its losses are far from all others'"], MeasuredLosses.Of(outcomes, [[0], [1], [2]]).LeftOut);
    }

    [Fact]
    public void Of_OneLossFarAway_IsPulledInAndCounted()
    {
        var outcomes = Outcomes();
        outcomes.Losses[3][0][1] = 500;
        var losses = MeasuredLosses.Of(outcomes, [[0], [1], [2]]);
        Assert.Equal(1, losses.PulledIn);
        Assert.Empty(losses.LeftOut);
        double[] all = [.. outcomes.Losses.SelectMany(s => s.Select(l => l[1])).Order()];
        var median = (all[19] + all[20]) / 2;
        double[] distances = [.. all.Select(l => Math.Abs(l - median)).Order()];
        var furthest = median + 6 * 1.4826 * (distances[19] + distances[20]) / 2;
        Assert.Equal((furthest + outcomes.Losses[3][1][1]) / 2, losses.Losses[1][3], 9);
        Assert.Equal(500, outcomes.Losses[3][0][1]); // the bank's own numbers stay
    }

    [Fact]
    public void Of_TargetOfSeveralQueries_IsTheirMean()
    {
        var outcomes = Outcomes();
        var losses = MeasuredLosses.Of(outcomes, [[0, 2]]);
        Assert.Equal(outcomes.Losses[5].Average(l => (l[0] + l[2]) / 2), losses.Losses[0][5], 12);
        Assert.Equal([0], MeasuredLosses.Of(outcomes, [[]]).Constant); // a target that has lost its queries
    }

    [Fact]
    public void Constant_LossThatNeverChanges_IsNamed()
    {
        var outcomes = Outcomes();
        foreach (var losses in outcomes.Losses.SelectMany(s => s))
        {
            losses[1] = 4;
        }
        Assert.Equal([1], MeasuredLosses.Of(outcomes, [[0], [1]]).Constant);
    }

    private static RetrainingOutcomes Outcomes()
    {
        var random = SplitMix64.Of(3);
        return new RetrainingOutcomes(
            ["a", "b", "c", "d"], ["x", "y", "z"], [.. Enumerable.Range(0, 20).Select(m => BankPlan.Half(4, 1, m))],
            [.. Enumerable.Range(0, 20).Select(_ => Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, 3).Select(_ => 10 + random.NextNormal()).ToArray()).ToArray())]);
    }
}
