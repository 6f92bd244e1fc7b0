using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Evaluation.Tests;

public sealed class RetrainingBankTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _time = new();
    private readonly BankPlan _plan = BankPlan.HalfSubsets(["a", "b", "c", "d"], ["p", "q", "r"], 3, 2);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Record_AllInAnyOrder_OutcomesHaveThemInThePlansOrder()
    {
        var bank = Make();
        Assert.Equal(6, bank.Missing.Count);
        foreach (var retraining in _plan.Retrainings.Reverse())
        {
            bank.Record(retraining, Losses(retraining), 1);
        }

        var outcomes = RetrainingBank.Open(bank.Directory).Outcomes();
        Assert.Empty(bank.Missing);
        Assert.Equal(_plan.Kept, outcomes.Kept);
        Assert.Equal(_plan.Queries, outcomes.Queries);
        for (var m = 0; m < 3; m++)
        {
            for (var r = 0; r < 2; r++)
            {
                Assert.Equal(Losses(new(m, r)), outcomes.Losses[m][r]);
            }
        }
    }

    [Fact]
    public void FirstQueries_Two_KeepsTheirLossesOnly()
    {
        var bank = Make();
        foreach (var retraining in _plan.Retrainings)
        {
            bank.Record(retraining, Losses(retraining), 1);
        }

        RetrainingOutcomes outcomes = bank.Outcomes(), first = outcomes.FirstQueries(2);
        Assert.Equal(["p", "q"], first.Queries);
        Assert.Equal(outcomes.Kept, first.Kept);
        for (var m = 0; m < 3; m++)
        {
            for (var r = 0; r < 2; r++)
            {
                Assert.Equal(outcomes.Losses[m][r][..2], first.Losses[m][r]);
            }
        }
    }

    [Fact]
    public void Outcomes_HalfDone_AreEven()
    {
        var bank = Make();
        Assert.Contains("no retraining", Assert.Throws<BadInputException>(() => bank.Outcomes()).Message, StringComparison.Ordinal);
        foreach (var retraining in new Retraining[] { new(0, 0), new(2, 0), new(2, 1) })
        {
            bank.Record(retraining, Losses(retraining), 1);
        }

        var first = bank.Outcomes();
        Assert.Equal([_plan.Kept[0], _plan.Kept[2]], first.Kept);
        Assert.All(first.Losses, runs => Assert.Single(runs));
        Assert.Equal([new(1, 0), new(0, 1), new(1, 1)], bank.Missing);

        bank.Record(new(1, 0), Losses(new(1, 0)), 1);
        var round = bank.Outcomes();
        Assert.Equal(_plan.Kept, round.Kept);
        Assert.All(round.Losses, runs => Assert.Single(runs));
    }

    [Theory]
    [InlineData(".json")]
    [InlineData(".npy")]
    public void Record_KilledBetweenTheTwoFiles_IsMissingOrNamed(string lost)
    {
        var bank = Make();
        bank.Record(new(1, 1), [1, 2, 3], 1);
        File.Delete(Path.Combine(bank.Directory, "losses", $"losses-00001-001{lost}"));

        if (lost == ".json")
        {
            Assert.Contains(new Retraining(1, 1), bank.Missing);
            Assert.Null(bank.Losses(new(1, 1)));
            bank.Record(new(1, 1), [1, 2, 3], 1);
            Assert.Equal([1, 2, 3], bank.Losses(new(1, 1))!);
        }
        else
        {
            Assert.Contains("losses-00001-001.npy", Assert.Throws<BadInputException>(() => bank.Losses(new(1, 1))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Losses_OneByteChanged_NamesTheFileAndWhatToDo()
    {
        var bank = Make();
        bank.Record(new(0, 0), [1, 2, 3], 1);
        var path = Path.Combine(bank.Directory, "losses", "losses-00000-000.npy");
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);

        var error = Assert.Throws<BadInputException>(() => bank.Losses(new(0, 0)));
        Assert.Equal(path, error.Path);
        Assert.NotNull(error.Remedy);
    }

    [Fact]
    public void Losses_FilesOfAnotherBank_AreRefused()
    {
        RetrainingBank mine = Make(), other = Make("other", BankPlan.HalfSubsets(_plan.Documents, _plan.Queries, 3, 2, seed: 9));
        other.Record(new(0, 0), [1, 2, 3], 1);
        Directory.CreateDirectory(Path.Combine(mine.Directory, "losses"));
        foreach (var file in Directory.GetFiles(Path.Combine(other.Directory, "losses")))
        {
            File.Copy(file, Path.Combine(mine.Directory, "losses", Path.GetFileName(file)));
        }

        Assert.Contains("another bank", Assert.Throws<BadInputException>(() => mine.Losses(new(0, 0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Record_LossNotFinite_IsRefusedByName()
    {
        var bank = Make();
        var error = Assert.Throws<TdaException>(() => bank.Record(new(0, 0), [1, double.NaN, 3], 1));
        Assert.Contains("'q'", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, bank.Missing.Count);
    }

    [Fact]
    public void OpenOrCreate_SamePlan_GoesOn_AnotherPlanOrOption_SaysWhatDiffers()
    {
        Make().Record(new(0, 0), [1, 2, 3], 1);
        Assert.Equal(5, Make().Missing.Count);
        var error = Assert.Throws<UsageException>(() => Make("bank", BankPlan.HalfSubsets(_plan.Documents, _plan.Queries, 3, 3), rate: .2));
        Assert.Contains("seeds, options", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SubsetsDamaged_IsRefused()
    {
        var path = Path.Combine(Make().Directory, "subsets.npy");
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("subsets.npy", Assert.Throws<BadInputException>(() => RetrainingBank.Open(_temp["bank"])).Message, StringComparison.Ordinal);
    }

    private static double[] Losses(Retraining retraining) => [retraining.Subset, retraining.Seed, .5];

    private RetrainingBank Make(string name = "bank", BankPlan? plan = null, double rate = .1) => RetrainingBank.OpenOrCreate(
        _temp[name], plan ?? _plan, "tda lab bank", new JsonObject { ["rate"] = rate }, new Dictionary<string, string> { ["corpus c"] = "abc" }, _time);
}
