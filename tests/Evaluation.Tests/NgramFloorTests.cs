using Tda.Evaluation.Banks;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;

namespace Tda.Evaluation.Tests;

/// <summary>A bank whose models are n-grams, counted by hand: nothing lies below them.</summary>
public class NgramFloorTests
{
    private static readonly MemoryRows Documents = Rows.Random(20, vocabulary: 9, shortest: 8, longest: 20);
    private static readonly MemoryRows Queries = Rows.Random(4, vocabulary: 9, seed: 8, shortest: 6, longest: 9);
    private static readonly int[][] Texts = [.. Enumerable.Range(0, 20).Select(d => Documents.Load(d).Tokens)];

    [Fact]
    public void Of_ModelsThatAreBigrams_AgreeExactlyAndLieNothingBelow()
    {
        var bank = Bank(0);
        var floor = NgramFloor.Of(bank, Documents, Queries, "hash");

        Assert.Equal([1, 2, 3, 4, 5], floor.Orders.Select(one => one.Order));
        Assert.Equal(1, floor.Orders[1].Lds, 12);
        Assert.All(floor.Orders, one => Assert.True(one.Lds <= 1));
        Assert.Equal(Enumerable.Range(0, 4).Sum(q => Queries.Load(q).Positions), floor.Tokens);
        Assert.Equal(floor.Orders[1].Loss, floor.Model, 12);
        Assert.Equal(floor.Orders.MinBy(one => one.Loss)!.Order, floor.Best);
        Assert.Equal(floor.Orders[floor.Best - 1].Loss - floor.Model, floor.Below.Value, 12);
        foreach (var order in new[] { 1, 3, 5 })
        {
            var naive = new NaiveNgrams(order, 2, Texts);
            var losses = bank.Kept.SelectMany(kept => Enumerable.Range(0, 4).Select(q => -naive.LogProbability([.. Texts.Where((_, d) => kept[d])], Queries.Load(q).Tokens, 1)));
            Assert.Equal(losses.Sum() / bank.Subsets / floor.Tokens, floor.Orders[order - 1].Loss, 12);
        }
    }

    [Fact]
    public void Of_ModelsThatKnowMore_LieBelowByWhatTheyKnow()
    {
        var (plain, better) = (NgramFloor.Of(Bank(0), Documents, Queries, "hash"), NgramFloor.Of(Bank(1), Documents, Queries, "hash"));
        // One nat for every query.
        Assert.Equal(plain.Below.Value + (4.0 / plain.Tokens), better.Below.Value, 12);
        Assert.True(better.Below.Low > plain.Below.Low);
    }

    private static RetrainingOutcomes Bank(double lower)
    {
        var (random, naive) = (new Random(4), new NaiveNgrams(2, 2, Texts));
        bool[][] kept = [.. Enumerable.Range(0, 12).Select(_ => Enumerable.Range(0, 20).Select(_ => random.Next(2) == 0).ToArray())];
        return new RetrainingOutcomes(
            [.. Enumerable.Range(0, 20).Select(Documents.IdOf)], [.. Enumerable.Range(0, 4).Select(Queries.IdOf)], kept,
            [.. kept.Select(subset => (double[][])[[.. Enumerable.Range(0, 4).Select(q => -naive.LogProbability([.. Texts.Where((_, d) => subset[d])], Queries.Load(q).Tokens, 1) - lower)]])]);
    }
}
