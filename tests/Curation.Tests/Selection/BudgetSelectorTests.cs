using Tda.Curation.Ledger;
using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

public class BudgetSelectorTests
{
    private static readonly SizedDocument[] Documents =
        [new("a", .2, 10), new("b", .9, 10), new("c", .5, 30), new("d", 0, 10), new("e", .9, 10), new("f", -1, 5)];

    /// <summary>The last document is taken if that comes nearer to the budget; scores of 0 and below never go.</summary>
    [Theory]
    [InlineData(0, "")]
    [InlineData(5, "")]
    [InlineData(6, "b")]
    [InlineData(14, "b")]
    [InlineData(16, "b e")]
    [InlineData(35, "b e")]
    [InlineData(36, "b e c")]
    [InlineData(1000, "b e c a")]
    public void DropHighest_Budget_HighestScoresUpToIt(long budget, string expected)
    {
        Assert.Equal(expected, Ids(BudgetSelector.DropHighest(Documents, budget, "rule")));
        Assert.Equal(expected, Ids(BudgetSelector.DropHighest(Documents.Reverse(), budget, "rule")));
    }

    [Fact]
    public void DropHighest_Some_DecisionsNameRuleScoreAndTheLeastOfThem() => Assert.Equal(
        new Decision("b", CurationAction.Drop, "rule") { Value = .9, Threshold = .5 }, BudgetSelector.DropHighest(Documents, 50, "rule")[0]);

    [Fact]
    public void DropAtRandom_SameSeed_SameDocumentsInAnyOrderOfAboutTheBudget()
    {
        SizedDocument[] many = [.. Enumerable.Range(0, 200).Select(i => new SizedDocument($"d{i:000}", 0, 10 + (i % 7)))];
        var first = BudgetSelector.DropAtRandom(many, 400, seed: 3);

        Assert.Equal(Ids(first), Ids(BudgetSelector.DropAtRandom(many.Reverse(), 400, seed: 3)));
        Assert.NotEqual(Ids(first), Ids(BudgetSelector.DropAtRandom(many, 400, seed: 4)));
        var tokens = many.ToDictionary(one => one.Id, one => one.Size);
        Assert.InRange(first.Sum(decision => tokens[decision.Id]), 392, 408);
    }

    private static string Ids(IEnumerable<Decision> decisions) => string.Join(' ', decisions.Select(decision => decision.Id));
}
