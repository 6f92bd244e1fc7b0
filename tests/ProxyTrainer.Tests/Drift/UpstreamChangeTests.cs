using Tda.ProxyTrainer.Drift;

namespace Tda.ProxyTrainer.Tests.Drift;

public class UpstreamChangeTests
{
    private const double Alpha = .05;
    private static readonly string[] Usual = ["the", "ship", "came", "home", "with", "corn", "and", "salt", "in", "spring", "for", "all"];
    private static readonly string[] Changed = ["the", "ship", "came", "home", "with", "corn", "and", "gold", "in", "summer", "for", "all"];

    [Fact]
    public void Test_TwoHundredNullRuns_FewFalseAlarms()
    {
        // Three rounds each, and stopped as soon as it crosses: false alarms at any time count.
        const int Runs = 200, Width = 32;
        var alarms = 0;
        for (var run = 0; run < Runs; run++)
        {
            var random = SplitMix64.Of(run, "null");
            float[][] before = [.. Enumerable.Range(0, 100).Select(_ => Samples.Vector(random, Width))];
            float[][] since = [.. Enumerable.Range(0, 300).Select(_ => Samples.Vector(random, Width))];
            alarms += UpstreamChange.Test(i => before[i], before.Length, i => since[i], since.Length, Width, Alpha, run).CrossedAt is null ? 0 : 1;
        }

        Assert.True(alarms <= Runs * (Alpha + (2 * Math.Sqrt(Alpha * (1 - Alpha) / Runs))), $"{alarms} false alarms in {Runs} runs");
    }

    [Fact]
    public void Test_ShiftedFeatures_FoundEarly()
    {
        const int Runs = 20, Width = 32;
        for (var run = 0; run < Runs; run++)
        {
            var random = SplitMix64.Of(run, "shifted");
            float[][] before = [.. Enumerable.Range(0, 600).Select(_ => Samples.Vector(random, Width))];
            float[][] since = [.. Enumerable.Range(0, 600).Select(_ => Samples.Vector(random, Width, 1))];
            var found = UpstreamChange.Test(i => before[i], before.Length, i => since[i], since.Length, Width, Alpha, run);
            Assert.True(found.CrossedAt is > 10, $"run {run}: {found}");
            Assert.True(found.EValue >= 1 / Alpha);
        }
    }

    [Fact]
    public void Test_TextsOfTheSameWords_NoChange_OfOthers_Found()
    {
        var features = new FourierFeatures(0, 128);
        var random = SplitMix64.Of(5);
        var before = Texts(300, Usual);

        Assert.Null(UpstreamChange.Test(before, Texts(300, Usual), features, Alpha, 0).CrossedAt);
        Assert.InRange(UpstreamChange.Test(before, Texts(300, Changed), features, Alpha, 0).CrossedAt ?? int.MaxValue, 10, 300);

        string[] Texts(int count, string[] words) => [.. Enumerable.Range(0, count).Select(_ => Samples.Sentence(random, words))];
    }

    [Fact]
    public void Test_ChangeAfterManyAnswersWithoutOne_FoundInALaterRound()
    {
        const int Width = 16, Olds = 150;
        var random = SplitMix64.Of(8);
        float[][] before = [.. Enumerable.Range(0, Olds).Select(_ => Samples.Vector(random, Width))];
        float[][] since = [.. Enumerable.Range(0, 900).Select(i => Samples.Vector(random, Width, i < 600 ? 0 : 2))];

        var found = UpstreamChange.Test(i => before[i], Olds, i => since[i], since.Length, Width, Alpha, 0);

        Assert.InRange(found.CrossedAt ?? 0, 601, 750);
    }

    [Fact]
    public void Test_LogGrows_TheFirstPairsAndTheCrossingStay()
    {
        const int Width = 16;
        var random = SplitMix64.Of(2);
        float[][] before = [.. Enumerable.Range(0, 120).Select(_ => Samples.Vector(random, Width))];
        float[][] since = [.. Enumerable.Range(0, 400).Select(_ => Samples.Vector(random, Width, 1.5))];

        var whole = At(400);
        Assert.NotNull(whole.CrossedAt);
        Assert.Equal(whole, At(whole.CrossedAt.Value));
        Assert.Null(At(whole.CrossedAt.Value - 1).CrossedAt);

        Core.Drift.BettingFinding At(int length) => UpstreamChange.Test(i => before[i], before.Length, i => since[i], length, Width, Alpha, 4);
    }

    [Fact]
    public void Test_FirstRound_IsABettingTestOfHalfTheWeight()
    {
        const int Width = 16;
        var random = SplitMix64.Of(6);
        float[][] before = [.. Enumerable.Range(0, 40).Select(_ => Samples.Vector(random, Width))];
        float[][] since = [.. Enumerable.Range(0, 40).Select(_ => Samples.Vector(random, Width))];
        var plain = new BettingTest(Width);
        var order = SplitMix64.Of(7, "round 1").Permutation(40);
        for (var i = 0; i < 40; i++)
        {
            plain.Add(since[i], before[order[i]]);
        }

        Assert.Equal(plain.EValue / 2, UpstreamChange.Test(i => before[i], 40, i => since[i], 40, Width, Alpha, 7).EValue, 12);
    }
}
