using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Gradients;

public class RowBatchesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(25)]
    [InlineData(10_000)]
    public void Plan_AnyBudget_CoversEveryRowOnceWithinBudget(int budget)
    {
        var rows = Rows.Split(11, 4);
        var plan = RowBatches.Plan(rows, budget);
        Assert.Equal(Enumerable.Range(0, rows.RowCount), plan.SelectMany(b => b.Rows).Order());
        Assert.All(plan.Where(b => b.Rows.Count > 1), b => Assert.True(b.Rows.Count * b.Rows.Max(rows.PositionsOf) <= budget));
    }

    [Fact]
    public void Plan_DocumentLargerThanABatch_CompletesWithItsLastBatchOnly()
    {
        var rows = Rows.Split(1, 6);
        var plan = RowBatches.Plan(rows, 12);
        Assert.True(plan.Count > 1);
        Assert.All(plan.SkipLast(1), b => Assert.False(b.CompletesDocuments));
        Assert.True(plan[^1].CompletesDocuments);
    }

    [Fact]
    public void Plan_CompletingBatches_NeverSplitADocument()
    {
        var rows = Rows.Split(20, 3);
        var plan = RowBatches.Plan(rows, 60);
        var batchesOf = plan.SelectMany((b, i) => b.Rows.Select(r => (Document: rows.DocumentOf(r), Batch: i))).GroupBy(x => x.Document);
        Assert.All(batchesOf, g => Assert.Single(g.Select(x => x.Batch).Distinct()));
    }
}
