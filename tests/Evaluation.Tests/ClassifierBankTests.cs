using Tda.Evaluation.Banks;
using Tda.Lab.Data;
using Tda.ProxyTrainer.Classifiers;
using Tda.TestKit;

namespace Tda.Evaluation.Tests;

public sealed class ClassifierBankTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Fill_InShards_GivesWhatEachModelGivesAlone()
    {
        var task = Task();
        var plan = BankPlan.HalfSubsets(task.Documents, task.Queries, 4, 2);
        var bank = ClassifierBank.Open(_directory["bank"], task, plan, "test", "made up", TimeProvider.System);
        for (var shard = 2; shard >= 0; shard--)
        {
            ClassifierBank.Fill(bank, task, new BankShard(shard, 3), TimeProvider.System, NullProgress.Instance, default);
        }

        Assert.Empty(bank.Missing);
        foreach (var retraining in plan.Retrainings)
        {
            using var alone = task.Train([retraining.TrainingSeed], [plan.Kept[retraining.Subset]], orderSeed: retraining.Seed);
            double[] expected = task.QueryLosses(alone.Stack)[0], actual = bank.Losses(retraining)!;
            for (var q = 0; q < expected.Length; q++)
            {
                Assert.Equal(expected[q], actual[q], 8);
            }
        }
    }

    [Fact]
    public void Open_OtherTraining_SaysThatOptionsDiffer()
    {
        var task = Task();
        var plan = BankPlan.HalfSubsets(task.Documents, task.Queries, 2, 1);
        ClassifierBank.Open(_directory["bank"], task, plan, "test", "made up", TimeProvider.System);
        var error = Assert.Throws<UsageException>(() => ClassifierBank.Open(
            _directory["bank"], task with { Training = task.Training with { WeightDecay = .5 } }, plan, "test", "made up", TimeProvider.System));
        Assert.Contains("options", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FolderOfDigits_DrawsDistinctOnesWithTheirPixels()
    {
        for (var label = 0; label < 10; label++)
        {
            _directory.Write($"digits/{label}.json", $"{{\"data\":[{string.Join(',', Enumerable.Range(0, 784 * 3).Select(i => i % 784 == label ? "1" : "0"))}]}}");
        }

        var digits = MnistDigits.Read(_directory["digits"]);
        var drawn = digits.Draw(20, seed: 1);

        Assert.Equal(30, digits.Ids.Count);
        Assert.Equal(20, drawn.Ids.Distinct().Count());
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(drawn.Labels[i], Array.IndexOf(drawn.Pixels, 1f, i * 784, 784) - i * 784);
        }

        _directory.Write("digits/4.json", "{\"data\":[1,0,1]}");
        Assert.Contains("4.json", Assert.Throws<BadInputException>(() => MnistDigits.Read(_directory["digits"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2/2")]
    [InlineData("-1/2")]
    public void Parse_NoShard_IsRefused(string text) => Assert.Throws<UsageException>(() => BankShard.Parse(text));

    private static ClassifierTask Task()
    {
        var random = new Random(2);
        return new ClassifierTask
        {
            Documents = [.. Enumerable.Range(0, 20).Select(i => $"d{i}")],
            Queries = [.. Enumerable.Range(0, 5).Select(i => $"q{i}")],
            Labels = [.. Enumerable.Range(0, 25).Select(i => i % 3)],
            Features = [.. Enumerable.Range(0, 25 * 4).Select(_ => random.NextSingle())],
            Shape = new ClassifierShape(4, [5], 3),
            Training = new ClassifierOptions { Epochs = 4, BatchSize = 6, DType = TorchSharp.torch.ScalarType.Float64 },
        };
    }
}
