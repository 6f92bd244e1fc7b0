namespace Tda.Evaluation.Tests;

public class BankPlanTests
{
    private static readonly string[] Documents = [.. Enumerable.Range(0, 101).Select(i => $"d{i}")];

    [Fact]
    public void HalfSubsets_OddNumberOfDocuments_KeepsHalfOfThemEverywhereAlike()
    {
        var plan = BankPlan.HalfSubsets(Documents, ["q"], 400, 1);

        Assert.All(plan.Kept, kept => Assert.Equal(50, kept.Count(k => k)));
        // Each document is kept with probability 50/101: 400 draws have a standard deviation of 10.
        for (var d = 0; d < Documents.Length; d++)
        {
            Assert.InRange(plan.Kept.Count(kept => kept[d]), 198 - 50, 198 + 50);
        }

        Assert.Equal(400, plan.Kept.Select(kept => string.Concat(kept.Select(k => k ? '1' : '0'))).Distinct().Count());
    }

    [Fact]
    public void HalfSubsets_MoreSubsets_KeepsTheFirstAsTheyWere()
    {
        BankPlan few = BankPlan.HalfSubsets(Documents, ["q"], 3, 1, seed: 5), many = BankPlan.HalfSubsets(Documents, ["q"], 9, 4, seed: 5);
        for (var m = 0; m < 3; m++)
        {
            Assert.Equal(few.Kept[m], many.Kept[m]);
        }

        Assert.NotEqual(few.Kept[0], BankPlan.HalfSubsets(Documents, ["q"], 3, 1, seed: 6).Kept[0]);
    }

    [Fact]
    public void LeaveOneOutAndRemoval_BeginWithAllDocuments_ThenLackTheirOwn()
    {
        var one = BankPlan.LeaveOneOut(["a", "b", "c"], ["q"], ["c", "a"], 2);
        Assert.Equal([[true, true, true], [true, true, false], [false, true, true]], one.Kept);
        var lists = BankPlan.Removal(["a", "b", "c"], ["q"], [["a", "c"]], 2);
        Assert.Equal([[true, true, true], [false, true, false]], lists.Kept);
        var error = Assert.Throws<UsageException>(() => BankPlan.LeaveOneOut(["a"], ["q"], ["z"], 1));
        Assert.Contains("'z'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Retrainings_OfAPlan_AreInRoundsAndHaveSeedsOfTheirOwn()
    {
        Retraining[] all = [.. BankPlan.HalfSubsets(Documents, ["q"], 20, 5).Retrainings];
        Assert.Equal(100, all.Select(r => r.TrainingSeed).Distinct().Count());
        Assert.All(all, r => Assert.True(r.TrainingSeed >= 1000));
        Assert.Equal(Enumerable.Repeat(0, 20), all.Take(20).Select(r => r.Seed));
    }

    [Fact]
    public void Validate_SeveralFaults_NamesAllAtOnce()
    {
        var plan = new BankPlan(BankKind.HalfSubsets, ["a", "a"], [], [[true], [false, false]], 0);
        var message = Assert.Throws<UsageException>(plan.Validate).Message;
        foreach (var part in new[] { "document 'a' comes 2 times", "no query", "0 seeds", "1 subsets are not of 2 documents", "1 subsets keep no document" })
        {
            Assert.Contains(part, message, StringComparison.Ordinal);
        }
    }
}
