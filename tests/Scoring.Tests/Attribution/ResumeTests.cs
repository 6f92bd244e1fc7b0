using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

/// <summary>A scoring run that is stopped and run again ends, to the bit, as if it hadn't been stopped, and computes no batch twice.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TestHome _home = new(documents: 40);

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("ekfac")]
    [InlineData("ekfac", Normalisation.Cosine)] // self-influence
    [InlineData("grad-dot")]
    [InlineData("tracin", Normalisation.Cosine)] // a pass a checkpoint
    [InlineData("source")]
    public void Attribute_StoppedAnywhere_GivesTheSameBits(string method, Normalisation normalisation = Normalisation.None)
    {
        Index(trained: method is "tracin" or "source");
        var linear = method is "ekfac" or "grad-dot";
        Check(Options() with { Method = method, Normalisation = normalisation, Tokens = linear, Layers = linear && normalisation == Normalisation.None });
    }

    [Fact]
    public void Attribute_StoppedBetweenGroupsOfTargets_GivesTheSameBits()
    {
        Index();
        Check(Options() with { Options = new MethodOptions { QueryElements = 1 }, Normalisation = Normalisation.Cosine }, passes: 3);
    }

    [Fact]
    public void Attribute_EnsembleWithContrastAndTokens_GivesTheSameBits()
    {
        _home.WriteSurrogate("s", ModelFamily.Llama, _home.Tokenizer, seed: 4, member: 1);
        Index();
        Check(Options() with
        {
            Queries = [.. _home.Queries().Select(q => q with { Label = "a" }), .. _home.Others().Select(q => q with { Label = "b" })],
            Contrast = ("a", "b"),
            Ensemble = 2,
            Tokens = true,
        }, passes: 4);
    }

    // Documents larger than a batch carry their gradient from one batch to the next; none of it is kept.
    [Fact]
    public void Attribute_DocumentsOfManyBatches_GiveTheSameBits()
    {
        Index();
        var options = Options() with { Normalisation = Normalisation.Cosine, BatchTokens = 24 };
        var (whole, files) = Whole(options);
        foreach (var stop in (int[])[whole / 2, whole - 3])
        {
            Assert.Throws<OperationCanceledException>(() => Run(options, new Watcher(stop)));
            var rest = new Watcher();
            Assert.Equal(files, Files(Run(options, rest)));
            Assert.InRange(rest.Reports, 1, whole - stop + 9); // at most one document's batches again
        }
    }

    [Theory]
    [InlineData(TokenDefinition.Loss)]
    [InlineData(TokenDefinition.Position)]
    public void Guide_StoppedAnywhere_GivesTheSameBits(TokenDefinition definition)
    {
        Index();
        Check(new GuideOptions
        {
            Home = _home.Home,
            Index = "i",
            Harm = _home.Queries(),
            Safe = _home.Others(),
            Run = "r",
            TokenDefinition = definition,
            BatchTokens = 128,
        });
    }

    [Fact]
    public void Attribute_StoppedAgainAndAgain_ComputesEveryBatchOnce()
    {
        Index();
        var options = Options() with { Tokens = true };
        var (whole, files) = Whole(options);
        var computed = 0;
        for (var stops = 0; ; stops++)
        {
            var watcher = new Watcher(4);
            try
            {
                Assert.Equal(files, Files(Run(options, watcher)));
                Assert.True(stops > 2, "the run should have been stopped several times");
                Assert.InRange(computed + watcher.Reports, whole, whole + stops);
                return;
            }
            catch (OperationCanceledException)
            {
                computed += watcher.Reports;
            }
        }
    }

    [Fact]
    public void Attribute_AnotherQuestion_IsNotResumedAndLeavesTheOther()
    {
        Index();
        var options = Options();
        var (whole, files) = Whole(options);
        Assert.Throws<OperationCanceledException>(() => Run(options, new Watcher(2)));
        foreach (var other in (AttributeOptions[])
        [
            options with { Options = new MethodOptions { DampingFactor = .2 } },
            options with { Queries = [.. options.Queries.Select(q => q with { Completion = q.Completion + "!" })] },
            options with { Normalisation = Normalisation.Cosine },
            options with { BatchTokens = 129 },
        ])
        {
            var watcher = new Watcher();
            Run(other, watcher);
            Assert.DoesNotContain(watcher.Lines, line => line.Contains("unfinished", StringComparison.Ordinal));
            Assert.Single(Unfinished());
        }

        // Nor after the index was made anew.
        Indexer.Run(_home.Index() with { FitShare = .5, Replace = true }, NullProgress.Instance, _home.Time);
        var changed = new Watcher();
        Assert.NotEqual(files, Files(Run(options, changed)));
        Assert.Equal(whole, changed.Reports);
    }

    [Fact]
    public void Attribute_UnderAnotherRunId_GoesOn()
    {
        Index();
        Assert.Throws<OperationCanceledException>(() => Run(Options(), new Watcher(2)));
        var watcher = new Watcher();
        Run(Options() with { Run = "other", CommandLine = "tda attribute" }, watcher);
        Assert.Contains("Going on with unfinished work on the same question.", watcher.Lines);
        Assert.Empty(Unfinished());
    }

    // As a kill leaves it: what was written until then, once a minute.
    [Fact]
    public void Attribute_KilledLater_GoesOnFromTheLastMinute()
    {
        Index();
        var (whole, files) = Whole(Options() with { Tokens = true });
        _home.Time.AutoAdvanceAmount = TimeSpan.FromSeconds(20);
        Dictionary<string, byte[]> kept = [];
        Run(Options() with { Tokens = true }, new Watcher(whole - 2, () => kept = Directory.GetFiles(Unfinished().Single()).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)).ToDictionary(f => f, Read)));
        Assert.Empty(Unfinished());

        foreach (var (file, bytes) in kept)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, bytes);
        }

        var rest = new Watcher();
        Assert.Equal(files, Files(Run(Options() with { Tokens = true }, rest)));
        Assert.InRange(rest.Reports, 3, whole - 2);
    }

    [Fact]
    public void Attribute_ThatIsDoneWithinAMinute_WritesNoUnfinishedWork()
    {
        Index();
        var found = -1;
        Run(Options(), new Watcher(2, () => found = Unfinished().Count));
        Assert.Equal(0, found);
    }

    [Theory]
    [InlineData("batches.journal", 100, 0)] // its end is missing
    [InlineData("batches.journal", -1, 20)] // a byte differs
    [InlineData("batches.journal", -1, 3)] // a length that can't be
    [InlineData("batches.journal", 5, 0)]
    [InlineData("manifest.json", 10, 0)]
    public void Attribute_DamagedWork_IsComputedAnewWithOneMessage(string file, int length, int differs)
    {
        Index();
        var (whole, files) = Whole(Options());
        Assert.Throws<OperationCanceledException>(() => Run(Options(), new Watcher(3)));
        var path = Path.Combine(Unfinished().Single(), file);
        var bytes = File.ReadAllBytes(path);
        bytes[differs] ^= 0x55;
        File.WriteAllBytes(path, length < 0 ? bytes : bytes[..length]);

        var watcher = new Watcher();
        Assert.Equal(files, Files(Run(Options(), watcher)));
        Assert.Equal(whole, watcher.Reports);
        Assert.Single(watcher.Lines, line => line.StartsWith("Unfinished work", StringComparison.Ordinal));
        Assert.Empty(Unfinished());
    }

    [Fact]
    public void Attribute_WhileAnotherProcessAsksTheSame_ComputesWithoutKeeping()
    {
        Index();
        var (whole, files) = Whole(Options());
        Assert.Throws<OperationCanceledException>(() => Run(Options(), new Watcher(2)));
        var work = Unfinished().Single();
        using (new FileStream(Path.Combine(work, ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Empty(LeftOver.Find(_home.Home, TimeProvider.System));
            var watcher = new Watcher();
            Assert.Equal(files, Files(Run(Options(), watcher)));
            Assert.Equal(whole, watcher.Reports);
            Assert.Single(watcher.Lines, line => line.StartsWith("From here on nothing is kept", StringComparison.Ordinal));
        }

        Assert.Equal([work], Unfinished());
    }

    [Fact]
    public void Attribute_WhereNothingCanBeKept_SaysSoOnceAndGoesOn()
    {
        Index();
        var (_, files) = Whole(Options());
        _home.Time.AutoAdvanceAmount = TimeSpan.FromMinutes(2);
        var watcher = new Watcher();
        Assert.Throws<OperationCanceledException>(() => Run(Options(), new Watcher(1)));
        var work = Unfinished().Single();
        Directory.Delete(work, recursive: true);
        File.WriteAllText(work, "a file where the folder should be");
        Assert.Equal(files, Files(Run(Options(), watcher)));
        Assert.Single(watcher.Lines, line => line.StartsWith("From here on nothing is kept", StringComparison.Ordinal));
    }

    [Fact]
    public void LeftOver_AfterAStop_NamesTheWorkAndRemovesIt()
    {
        Index();
        Assert.Throws<OperationCanceledException>(() => Run(Options(), new Watcher(2)));
        var left = Assert.Single(LeftOver.Find(_home.Home, TimeProvider.System));
        Assert.Equal(Unfinished().Single(), left.Path);
        Assert.Equal("unfinished; its command would go on", left.What);
        Assert.True(left.Bytes > 100);
        left.Remove();
        Assert.Empty(Unfinished());
    }

    private void Index(bool trained = false)
    {
        if (trained)
        {
            Distiller.Run(
                Corpus.Open(_home.Home.CorpusDirectory("c")), [], _home.Home.SurrogateDirectory("d"),
                new DistillOptions
                {
                    Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 8, Layers = 1, Heads = 1, IntermediateSize = 12, MaxPositions = 16 },
                    VocabularySize = 300,
                    Training = new TrainingOptions { BatchTokens = 128 },
                },
                time: _home.Time);
        }

        Indexer.Run(_home.Index() with { Surrogate = trained ? "d" : "s" }, NullProgress.Instance, _home.Time);
    }

    // No document is larger than a batch, so that the batch that is stopped at is kept.
    private AttributeOptions Options() => new()
    {
        Home = _home.Home,
        Index = "i",
        Queries = _home.Queries(),
        Run = "r",
        BatchTokens = 128,
        MinFidelity = double.NegativeInfinity,
        Top = 5,
    };

    /// <summary>Stops early, in the middle and at the last batch.</summary>
    private void Check(ScoringOptions options, int passes = 1)
    {
        var (whole, files) = Whole(options);
        Assert.True(whole >= 3 * passes, $"{whole} batches are too few to stop between");
        foreach (var stop in (int[])[1, whole / 2, whole - 1])
        {
            Assert.Throws<OperationCanceledException>(() => Run(options, new Watcher(stop)));
            Assert.False(Directory.Exists(_home.Home.RunDirectory("r")));
            var rest = new Watcher();
            Assert.Equal(files, Files(Run(options, rest)));
            Assert.InRange(rest.Reports, whole - stop, whole - stop + 1);
            Assert.Contains("Going on with unfinished work on the same question.", rest.Lines);
            Assert.Empty(Unfinished());
        }
    }

    private (int Batches, string[] Files) Whole(ScoringOptions options)
    {
        var watcher = new Watcher();
        var files = Files(Run(options, watcher));
        return (watcher.Reports, files);
    }

    private string Run(ScoringOptions options, Watcher watcher)
    {
        if (Directory.Exists(options.Home.RunDirectory(options.Run)))
        {
            Directory.Delete(options.Home.RunDirectory(options.Run), recursive: true);
        }

        return options is GuideOptions guide
            ? Guide.Run(guide, watcher, _home.Time, watcher.Stop).Directory
            : Attributor.Run((AttributeOptions)options, watcher, _home.Time, watcher.Stop).Directory;
    }

    // All but the manifest, which has the time.
    private static string[] Files(string run) =>
    [
        .. Directory.GetFiles(run).Order(StringComparer.Ordinal).Where(f => Path.GetFileName(f) != Manifest.FileName)
            .Select(f => $"{Path.GetFileName(f)} {Hashing.Sha256File(f)}"),
    ];

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private List<string> Unfinished() =>
        Directory.Exists(_home.Home.RunsDirectory) ? [.. Directory.GetFileSystemEntries(_home.Home.RunsDirectory, ".*.part")] : [];

    /// <summary>
    /// Counts what passes report: every batch that is computed, and where a pass goes on the batches before, once. At one of them it stops
    /// the run, or does something else.
    /// </summary>
    private sealed class Watcher(int at = int.MaxValue, Action? act = null) : IProgressSink, IProgressTask
    {
        private readonly CancellationTokenSource _stop = new();

        public List<string> Lines { get; } = [];

        public int Reports { get; private set; }

        public CancellationToken Stop => _stop.Token;

        public IProgressTask Start(string name, double total, string unit) =>
            name is "Scores" or "Token scores" ? this : NullProgress.Instance;

        public void Message(string line) => Lines.Add(line);

        public void Report(double done, string? detail = null)
        {
            if (++Reports == at)
            {
                (act ?? _stop.Cancel)();
            }
        }

        public void Dispose()
        {
        }
    }
}
