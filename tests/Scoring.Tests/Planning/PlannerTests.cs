using Tda.Scoring.Attribution;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Planning;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Planning;

public class PlannerTests
{
    [Theory]
    [InlineData(StorageType.Float32)]
    [InlineData(StorageType.Float16)]
    [InlineData(StorageType.Int8)]
    [InlineData(StorageType.Lorif)]
    public void Run_DiskOfAnIndex_IsWhatItThenTakes(StorageType storage)
    {
        using var home = new TestHome(documents: 300);
        var plan = Planner.Run(Options(home), NullProgress.Instance);
        var result = Indexer.Run(home.Index() with { Method = IndexMethod.Logra, Storage = storage, ShardDocuments = 100 }, NullProgress.Instance, home.Time);

        Assert.Equal((result.Documents, result.Rows, result.Tokens), (plan.Documents, plan.Rows, plan.Tokens));
        var job = plan.Jobs.Single(j => j.Job == (storage == StorageType.Lorif ? "index lorif" : $"index logra {storage.ToString().ToLowerInvariant()}"));
        Assert.Equal(DiskOf(result.Directory), job.DiskBytes);
        Assert.Null(job.Seconds);
    }

    [Fact]
    public void Run_DiskOfFactors_IsWhatTheyThenTake()
    {
        using var home = new TestHome();
        var job = Planner.Run(Options(home), NullProgress.Instance).Jobs.Single(j => j.Job == "index ekfac");
        var result = Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        Assert.Equal(DiskOf(result.Directory), job.DiskBytes);
    }

    [Fact]
    public void Run_DiskOfARun_IsWhatItsScoresThenTake()
    {
        using var home = new TestHome();
        var plan = Planner.Run(Options(home) with { Queries = 3 }, NullProgress.Instance);
        Indexer.Run(home.Index() with { Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        var run = Attributor.Run(
            new AttributeOptions { Home = home.Home, Index = "i", Queries = home.Queries(), Run = "r", Force = true }, NullProgress.Instance, home.Time);
        Assert.Equal(
            new[] { "scores.npy", "rows.jsonl" }.Sum(f => new FileInfo(Path.Combine(run.Directory, f)).Length),
            plan.Jobs.Single(j => j.Job == "score logra float32, 3 queries").DiskBytes);
    }

    [Fact]
    public void Run_WithAProbe_HasATimeForEveryJob()
    {
        using var home = new TestHome();
        var plan = Planner.Run(Options(home) with { ProbeTokens = 200 }, NullProgress.Instance);
        Assert.All(plan.Jobs, j => Assert.True(j.Seconds is > 0 and < 3600 && j.MemoryBytes > 0, $"{j}"));
    }

    [Fact]
    public void Run_OptionsOutOfRange_NamesAllOfThem()
    {
        using var home = new TestHome();
        var message = Assert.Throws<UsageException>(() => Planner.Run(Options(home) with { Rank = 0, Queries = 0 }, NullProgress.Instance)).Message;
        Assert.Contains("rank", message);
        Assert.Contains("queries", message);
    }

    private static long DiskOf(string directory) =>
        Directory.GetFiles(directory).Where(f => !f.EndsWith("manifest.json", StringComparison.Ordinal)).Sum(f => new FileInfo(f).Length);

    private static PlanOptions Options(TestHome home) =>
        new() { Home = home.Home, Corpus = "c", Surrogate = "s", Rank = 4, ShardDocuments = 100, BatchTokens = 64, ProbeTokens = 0 };
}
