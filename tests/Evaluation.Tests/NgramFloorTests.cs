using Tda.Evaluation.Banks;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;

namespace Tda.Evaluation.Tests;

/// <summary>A bank whose models are bigrams, counted by hand.</summary>
public class NgramFloorTests
{
    private static readonly MemoryRows Documents = Rows.Random(20, vocabulary: 9, shortest: 8, longest: 20);
    private static readonly MemoryRows Queries = Rows.Random(4, vocabulary: 9, seed: 8, shortest: 6, longest: 9);
    private static readonly int[][] Texts = [.. Enumerable.Range(0, 20).Select(d => Documents.Load(d).Tokens)];

    [Fact]
    public void Of_ModelsThatAreBigrams_AgreeExactly()
    {
        var floor = NgramFloor.Of(Bank(0), Documents, Queries, "hash");
        Assert.Equal([1, 2, 3, 4, 5], floor.Orders.Select(one => one.Order));
        Assert.Equal(1, floor.Orders[1].Lds, 12);
        Assert.All(floor.Orders.Where(one => one.Order != 2), one => Assert.True(one.Lds < 1));
    }

    [Fact]
    public void Of_Losses_AreThoseOfTheSubsetsDocumentsAtTheBestStrengths()
    {
        var bank = Bank(0);
        var floor = NgramFloor.Of(bank, Documents, Queries, "hash");

        Assert.Equal(Enumerable.Range(0, 4).Sum(q => Queries.Load(q).Positions), floor.Tokens);
        Assert.Equal(bank.Losses.Average(subset => subset[0].Sum()) / floor.Tokens, floor.Model, 12);
        Assert.All(floor.Orders, one => Assert.Equal(Loss(one.Order, one.Strengths), one.Loss, 12));
        // Each has the strength of lowest loss for its longest context, and for shorter ones what was found before.
        Assert.All(floor.Orders.Skip(1), one => Assert.Equal(floor.Orders[one.Order - 2].Strengths, one.Strengths.SkipLast(1)));
        Assert.All(floor.Orders.Take(3), one => Assert.All([1, 10, 100, 1000], other => Assert.True(one.Loss <= Loss(one.Order, [.. one.Strengths.SkipLast(1), other]))));
        Assert.Equal(floor.Orders.MinBy(one => one.Loss)!.Order, floor.Best);
        Assert.Equal(floor.Orders[floor.Best - 1].Loss - floor.Model, floor.Below.Value, 12);

        double Loss(int order, IEnumerable<double> strengths)
        {
            var naive = new NaiveNgrams(order, [.. strengths], Texts);
            return bank.Kept.Average(kept => Enumerable.Range(0, 4).Sum(q => -naive.LogProbability([.. Texts.Where((_, d) => kept[d])], Queries.Load(q).Tokens, 1))) / floor.Tokens;
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
        var (random, naive) = (new Random(4), new NaiveNgrams(2, new Scoring.Methods.Lexical.NgramOptions().Strength, Texts));
        bool[][] kept = [.. Enumerable.Range(0, 12).Select(_ => Enumerable.Range(0, 20).Select(_ => random.Next(2) == 0).ToArray())];
        return new RetrainingOutcomes(
            [.. Enumerable.Range(0, 20).Select(Documents.IdOf)], [.. Enumerable.Range(0, 4).Select(Queries.IdOf)], kept,
            [.. kept.Select(subset => (double[][])[[.. Enumerable.Range(0, 4).Select(q => -naive.LogProbability([.. Texts.Where((_, d) => subset[d])], Queries.Load(q).Tokens, 1) - lower)]])]);
    }
}
