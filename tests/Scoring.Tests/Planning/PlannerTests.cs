using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Gradients;
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

    /// <summary>Once a block's layer as wide as the vocabulary was taken for it, and its own basis was left out.</summary>
    [Fact]
    public void IndexEstimate_LayerAsWideAsTheVocabulary_CountsItsBasis()
    {
        var config = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 600, HiddenSize = 8, Layers = 1, Heads = 2, IntermediateSize = 600 };
        Assert.Equal(IndexEstimate.Of(config with { VocabularySize = 601 }, 10, 4), IndexEstimate.Of(config, 10, 4));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1)]
    public void Run_DiskOfARun_IsAboutWhatItThenTakes(int top)
    {
        using var home = new TestHome();
        var plan = Planner.Run(Options(home) with { Queries = 3, Top = top }, NullProgress.Instance);
        Indexer.Run(home.Index() with { Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        var run = Attributor.Run(
            new AttributeOptions { Home = home.Home, Index = "i", Queries = home.Queries(), Run = "r", Top = top, Force = true },
            NullProgress.Instance, home.Time);

        var taken = new[] { "scores.npy", "rows.jsonl", "top.jsonl" }.Sum(f => new FileInfo(Path.Combine(run.Directory, f)).Length);
        Assert.InRange(plan.Jobs.Single(j => j.Job == "score logra float32, 3 queries").DiskBytes, taken / 1.5, 1.5 * taken);
    }

    /// <summary>Once the first pass was planned over the whole corpus: 20 minutes were told of a job of 9.</summary>
    [Fact]
    public void EkfacSeconds_CovariancesOverASample_CountsThatPassByTheSample()
    {
        using var home = new TestHome(documents: 300);
        using var surrogate = OpenedSurrogate.Open(home.Home, "s");
        var corpus = Corpus.Open(home.Home.CorpusDirectory("c"));
        using var rows = new CorpusRows(corpus, TokenizedCorpusWriter.Write(corpus, surrogate.Tokenizer, NullProgress.Instance, default), surrogate.Model.Config.MaxPositions);
        var modules = new LanguageModelCapture(surrogate.Model).Modules;
        var rates = new Throughput(1, CovarianceTokensPerSecond: 100, EigenvalueTokensPerSecond: 50, BasisSeconds: 3, TrainingTokensPerSecond: 100, 1, 1);
        double Seconds(int covarianceTokens, int keptMebibytes) => Planner.EkfacSeconds(
            Options(home) with { CovarianceTokens = covarianceTokens, KeptMebibytes = keptMebibytes }, modules, rows, rates);

        var (pass1, pass2) = (rows.LabelTokens / 100.0, rows.LabelTokens / 50.0);
        Assert.Equal(pass1 + 3 + pass2, Seconds(covarianceTokens: 0, keptMebibytes: 0), 1e-9);
        Assert.Equal(pass1 + 3 + pass2 - pass1, Seconds(covarianceTokens: 0, keptMebibytes: 1024), 1e-9);
        Assert.InRange(Seconds(covarianceTokens: 1, keptMebibytes: 1024), pass2 + 3, pass2 + 3 + (pass1 / 10));
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
