using Tda.ProxyTrainer.Models;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Index;

public class IndexerTests
{
    [Theory]
    [InlineData(IndexMethod.Ekfac, ProjectionKind.Random, StorageType.Float32)]
    [InlineData(IndexMethod.Logra, ProjectionKind.Random, StorageType.Float32)]
    [InlineData(IndexMethod.Logra, ProjectionKind.Pca, StorageType.Int8)]
    [InlineData(IndexMethod.Logra, ProjectionKind.Random, StorageType.Lorif)]
    [InlineData(IndexMethod.Ekfac, ProjectionKind.Random, StorageType.Float32, LayerScope.All)]
    [InlineData(IndexMethod.Logra, ProjectionKind.Pca, StorageType.Float32, LayerScope.All)]
    public void Run_KilledAndRunAgain_GivesTheSameFiles(
        IndexMethod method, ProjectionKind projection, StorageType storage, LayerScope track = LayerScope.Blocks)
    {
        using var home = new TestHome();
        var options = home.Index("whole") with { Method = method, Projection = projection, Storage = storage, Track = track };
        var whole = Indexer.Run(options, NullProgress.Instance, home.Time);
        Assert.False(whole.Resumed);

        var stops = 0;
        IndexResult? resumed = null;
        while (resumed is null)
        {
            using var cancel = new CancellationTokenSource();
            try
            {
                resumed = Indexer.Run(options with { Name = "killed" }, new CancelAfter(cancel, reports: 9), home.Time, cancel.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.True(++stops < 100, "a resumed run must get further each time");
            }
        }
        Assert.True(stops > 1 && resumed.Resumed);
        foreach (var file in Directory.GetFiles(whole.Directory).Where(f => !f.EndsWith("manifest.json", StringComparison.Ordinal)))
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(resumed.Directory, Path.GetFileName(file))));
        }
    }

    [Fact]
    public void Run_UnfinishedWorkOfOtherOptions_StartsAnew()
    {
        using var home = new TestHome();
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Indexer.Run(home.Index() with { Method = IndexMethod.Logra }, new CancelAfter(cancel, 6), home.Time, cancel.Token));
        var result = Indexer.Run(home.Index() with { Method = IndexMethod.Logra, Rank = 3 }, NullProgress.Instance, home.Time);
        Assert.False(result.Resumed);
        Assert.True(IndexDirectory.Open(result.Directory).Info.Length > 0);
    }

    [Fact]
    public void Open_TruncatedShard_NamesTheFile()
    {
        using var home = new TestHome();
        var result = Indexer.Run(home.Index() with { Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        var shard = Path.Combine(result.Directory, "shard-00001.npy");
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^10]);
        Assert.Contains("shard-00001.npy", Assert.Throws<BadInputException>(() => IndexDirectory.Open(result.Directory)).Message);

        // Behind the manifest's back, such as during a run: the shard itself is checked too.
        var index = new LograIndex(result.Directory, 4, new StoreLayout([new ModuleRanks(10, 10)], StorageType.Float32));
        Assert.Throws<BadInputException>(() => index.ForEachBlock(_ => { }));
    }

    [Fact]
    public void Open_OlderVersion_IsRefusedByName()
    {
        using var home = new TestHome();
        var result = Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var manifest = Path.Combine(result.Directory, "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"version\": 2", "\"version\": 1", StringComparison.Ordinal));
        var error = Assert.Throws<BadInputException>(() => IndexDirectory.Open(result.Directory));
        Assert.Contains("version 1 of 'tda.index' is no longer read", error.Message);
    }

    [Fact]
    public void Run_DocumentWithoutFiniteGradient_IsNamedAndSetApart()
    {
        using var clean = new TestHome();
        var rare = clean.Tokenizer.Encode(clean.Texts[5])[^1];
        foreach (var method in Enum.GetValues<IndexMethod>())
        {
            using var home = new TestHome(poison: rare);
            var result = Indexer.Run(home.Index() with { Method = method }, NullProgress.Instance, home.Time);
            Assert.InRange(result.Excluded, 1, 20);
            ExcludedDocument[] excluded = [.. JsonLines.Read<ExcludedDocument>(Path.Combine(result.Directory, "excluded.jsonl"))];
            Assert.Equal(result.Excluded, excluded.Length);
            Assert.Contains(excluded, e => e.Id == Core.Corpora.DocumentId.Of(home.Texts[5]));
        }
    }

    [Fact]
    public void Open_FactorsOfALograIndex_IsRefused()
    {
        using var home = new TestHome();
        var result = Indexer.Run(home.Index() with { Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        Assert.Throws<UsageException>(() => IndexDirectory.Open(result.Directory).Factors());
    }

    [Fact]
    public void Run_OptionsOutOfRange_NamesAllOfThem()
    {
        using var home = new TestHome();
        var message = Assert.Throws<UsageException>(() => Indexer.Run(home.Index() with { Rank = 0, FitShare = 2, BatchTokens = 0 }, NullProgress.Instance, home.Time)).Message;
        Assert.Contains("rank", message);
        Assert.Contains("fit share", message);
        Assert.Contains("batch tokens", message);
    }

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void Run_EitherFamily_KeepsAllTrackedLayers(ModelFamily family)
    {
        using var home = new TestHome(family);
        var info = IndexDirectory.Open(Indexer.Run(home.Index() with { FitShare = .5 }, NullProgress.Instance, home.Time).Directory).Info;
        Assert.Equal(family == ModelFamily.Llama ? 14 : 8, info.Modules.Count);
        Assert.InRange(info.Sequences, 3, 60);
    }

    [Fact]
    public void Run_CovariancesOfASample_IsRecordedAndEigenvaluesAreOfAll()
    {
        using var home = new TestHome();
        var whole = IndexDirectory.Open(Indexer.Run(home.Index(), NullProgress.Instance, home.Time).Directory).Info;
        var sampled = IndexDirectory.Open(
            Indexer.Run(home.Index() with { Name = "sampled", CovarianceTokens = 4, ShardDocuments = 7 }, NullProgress.Instance, home.Time).Directory).Info;
        Assert.Null(whole.CovarianceRows);
        Assert.InRange(sampled.CovarianceRows!.Value, 1, (int)whole.Sequences - 1);
        Assert.Equal(whole.Sequences, sampled.Sequences);
        Assert.InRange(sampled.Tokens, 1, whole.Tokens - 1);
    }

    [Fact]
    public void Run_NoSurrogate_SaysWhatToDo()
    {
        using var home = new TestHome();
        Assert.Contains("tda distill", Assert.Throws<BadInputException>(() => Indexer.Run(home.Index() with { Surrogate = "none" }, NullProgress.Instance, home.Time)).Message);
    }

    /// <summary>Cancels after some reports of progress, as Ctrl+C would.</summary>
    private sealed class CancelAfter(CancellationTokenSource cancel, int reports) : IProgressSink, IProgressTask
    {
        private int _left = reports;

        public IProgressTask Start(string name, double total, string unit) => this;

        public void Message(string line)
        {
        }

        public void Report(double done, string? detail = null)
        {
            if (--_left == 0)
            {
                cancel.Cancel();
            }
        }

        public void Dispose()
        {
        }
    }
}
