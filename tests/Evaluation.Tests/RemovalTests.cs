using Tda.Evaluation.Removal;
using Tda.Evaluation.Tests.Reference;

namespace Tda.Evaluation.Tests;

public class RemovalTests
{
    private static readonly AdditiveBank Bank = new(documents: 20, queries: 3);
    private static readonly IReadOnlyList<string> Documents = Bank.Outcomes.Documents;

    [Fact]
    public void LeaveOneOut_AdditiveWorld_IsOneAndTurnedMinusOne()
    {
        var outcomes = Bank.Of([All(), .. Enumerable.Range(0, 20).Select(d => Without(d))], 1, 0, new Random(1));
        var result = LeaveOneOutGrader.Grade(Bank.Scores, outcomes);
        Assert.Equal(1, result.Pearson.Value, 6);
        Assert.Equal(1, result.Spearman.Value, 6);
        Assert.Equal((20, 3), (result.Documents, result.Queries));
        var turned = AdditiveBank.Random(3, 20, 4);
        for (var q = 0; q < 3; q++)
        {
            for (var d = 0; d < 20; d++)
            {
                turned[q, d] = -Bank.Scores[q, d];
            }
        }
        Assert.Equal(-1, LeaveOneOutGrader.Grade(turned, outcomes).Pearson.Value, 6);
    }

    [Fact]
    public void LeaveOneOut_HalfSubsetsOnly_SaysThatThereIsNothing() =>
        Assert.Throws<BadInputException>(() => LeaveOneOutGrader.Grade(Bank.Scores, Bank.Outcomes));

    [Fact]
    public void Top_Shares_AreTheStrongestProponents()
    {
        var entries = RemovalPlanner.Top("m", Bank.Scores, Bank.Outcomes.Queries, Documents, [.1, .001], perQuery: true);
        Assert.Equal(6, entries.Count);
        var row = Bank.Scores.Row(1).ToArray();
        string[] expected = [.. Enumerable.Range(0, 20).OrderByDescending(d => row[d]).Take(2).Select(d => $"doc-{d}")];
        Assert.Equal(expected, entries[2].Removed);
        Assert.Equal(expected[..1], entries[3].Removed);
        Assert.Single(RemovalPlanner.Top("m", Bank.Scores, Bank.Outcomes.Queries, Documents, [.1], perQuery: false));
        Assert.Throws<UsageException>(() => RemovalPlanner.Random(Documents, [0], 1, 0));
    }

    [Fact]
    public void Grade_AdditiveWorld_RiseIsTheSumOfScores()
    {
        var top = RemovalPlanner.Top("truth", Bank.Scores, Bank.Outcomes.Queries, Documents, [.2], perQuery: true);
        var random = RemovalPlanner.Random(Documents, [.2], 10, seed: 3);
        var outcomes = Bank.Of([All(), .. top.Concat(random).Select(e => Documents.Select(d => !e.Removed.Contains(d)).ToArray())], 2, 0, new Random(1));
        var results = RemovalGrader.Grade([.. top, .. random], outcomes);

        var expected = Enumerable.Range(0, 3).Average(q => Bank.Scores.Row(q).ToArray().OrderDescending().Take(4).Sum(s => (double)s));
        var truth = results.Single(r => r.Method == "truth");
        Assert.Equal(expected, truth.Increase.Value, 9);
        Assert.Equal((1.0, 3), (truth.Rose, truth.Lists));
        var control = results.Single(r => r.Method == "random");
        Assert.True(control.Increase.High < truth.Increase.Low, $"random {control.Increase}, top {truth.Increase}");
        Assert.Equal(10, control.Lists);
    }

    [Fact]
    public void Grade_ListNotRetrained_SaysWhich()
    {
        var outcomes = Bank.Of([All()], 1, 0, new Random(1));
        var error = Assert.Throws<BadInputException>(() => RemovalGrader.Grade([new RemovalEntry("ekfac", .1, ["doc-3"], "query-1")], outcomes));
        Assert.Contains("ekfac for query 'query-1'", error.Message);
        Assert.Throws<BadInputException>(() => RemovalGrader.Grade([], Bank.Outcomes));
    }

    private static bool[] All() => [.. Enumerable.Repeat(true, 20)];

    private static bool[] Without(int document) => [.. Enumerable.Range(0, 20).Select(d => d != document)];
}
