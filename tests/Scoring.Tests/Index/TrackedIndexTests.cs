using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Planning;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Index;

/// <summary>Indexes that track LM head and token embedding, from making them to what a run says of it.</summary>
public class TrackedIndexTests
{
    [Theory]
    [InlineData(ModelFamily.Llama, LayerScope.All, 16)]
    [InlineData(ModelFamily.Gpt2, LayerScope.All, 10)]
    [InlineData(ModelFamily.Gpt2, LayerScope.Tied, 9)]
    public void Run_AllLayers_ManifestsSayWhichAndHowMuchOfTheModel(ModelFamily family, LayerScope track, int modules)
    {
        using var home = new TestHome(family);
        var info = IndexDirectory.Open(Indexer.Run(home.Index() with { Track = track }, NullProgress.Instance, home.Time).Directory).Info;
        Assert.Equal((track, modules), (info.Track, info.Modules.Count));
        Assert.InRange(info.Coverage!.Share, .9, .999);
        var result = Attributor.Run(Options(home) with { Layers = true }, NullProgress.Instance, home.Time);
        Assert.Equal(info.Coverage, result.Coverage);
        var details = Manifest(result.Directory)["details"]!;
        Assert.Equal(track == LayerScope.All ? "all" : "tied", details["track"]!.GetValue<string>());
        Assert.Equal(info.Coverage.Tracked, details["coverage"]!["tracked"]!.GetValue<long>());
        Assert.Equal(info.Modules.Select(m => m.Name), details["layers"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Null(Attributor.Run(Options(home) with { Method = "bm25", Run = "words" }, NullProgress.Instance, home.Time).Coverage);

        Indexer.Run(home.Index("blocks"), NullProgress.Instance, home.Time);
        var fewer = Attributor.Run(Options(home) with { Index = "blocks", Run = "fewer" }, NullProgress.Instance, home.Time);
        Assert.True(fewer.Coverage!.Share < info.Coverage.Share / 1.5, $"{fewer.Coverage}");
        Assert.NotEqual(fewer.Top[0].Score, result.Top[0].Score);
    }

    [Fact]
    public void Open_IndexFromBeforeThereWasAChoice_TracksTheBlocks()
    {
        using var home = new TestHome();
        var directory = Indexer.Run(home.Index(), NullProgress.Instance, home.Time).Directory;
        var before = Scores(home, "before");
        Change(directory, details =>
        {
            details.Remove("track");
            details.Remove("coverage");
            foreach (var module in details["modules"]!.AsArray())
            {
                module!.AsObject().Remove("role");
            }
        });
        Assert.Equal(before, Scores(home, "after"));
    }

    [Fact]
    public void Open_LayersThatTheSurrogateHasNot_IsRefused()
    {
        using var home = new TestHome();
        var directory = Indexer.Run(home.Index() with { Track = LayerScope.All }, NullProgress.Instance, home.Time).Directory;
        Change(directory, details => details["track"] = "head");
        Assert.Contains("16 tracked layers aren't the 15", Assert.Throws<BadInputException>(() => Scores(home, "r")).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_DistilledSurrogate_MethodsOfEveryKindScore(bool tied)
    {
        using var home = new TestHome();
        var track = tied ? LayerScope.Tied : LayerScope.All;
        Distil(home, OptimizerKind.AdamW, tied);
        Indexer.Run(home.Index() with { Surrogate = "d", Track = track }, NullProgress.Instance, home.Time);
        Indexer.Run(home.Index("rows") with { Surrogate = "d", Track = track, Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        // One of each kind: all of them have a test over rows in memory.
        foreach (var name in (string[])["ekfac", "logra", .. tied ? [] : (string[])["tracin", "source-adam", "trackstar", "less", "loss-covariance-perturbed"]])
        {
            var options = Options(home) with { Method = name, Run = name, Index = name is "logra" ? "rows" : "i" };
            using var run = ScoreRun.Open(Attributor.Run(options, NullProgress.Instance, home.Time).Directory);
            Assert.True(run.Scores.Row(0).ToArray().Distinct().Count() > 5, $"{name}: scores hardly differ");
            Assert.All(run.Scores.Row(0).ToArray(), score => Assert.True(float.IsFinite(score), name));
        }
    }

    [Fact]
    public void Run_WhatCantTakeThem_IsRefusedByName()
    {
        using var home = new TestHome();
        Distil(home, OptimizerKind.Muon);
        Indexer.Run(home.Index() with { Surrogate = "d", Track = LayerScope.All }, NullProgress.Instance, home.Time);
        var muon = Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Method = "tracin" }, NullProgress.Instance, home.Time));
        Assert.Contains("--track blocks", muon.Message);
        var training = Assert.Throws<UsageException>(() => Indexer.Run(
            home.Index("f") with { Surrogate = "d", Track = LayerScope.Head, FactorsFromTraining = true }, NullProgress.Instance, home.Time));
        Assert.Contains("those of the blocks alone", training.Message);
        Indexer.Run(home.Index("rows") with { Surrogate = "d", Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        var cascade = Options(home) with { Method = "cascade", Index = "rows", Options = new MethodOptions { Cascade = new() { Factors = "i" } } };
        Assert.Contains(
            "Index i tracks other layers than index rows",
            Assert.Throws<UsageException>(() => Attributor.Run(cascade, NullProgress.Instance, home.Time)).Message);
    }

    /// <summary>
    /// A vocabulary too wide to be decomposed keeps its tokens as axes: on a trained surrogate scores then rank documents almost as with the whole
    /// covariance, and nearer to it than without any curvature.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_TokensAsAxes_RanksDocumentsAlmostAsTheWholeCovariance(bool tied)
    {
        using var home = new TestHome(documents: 48);
        using (var model = LanguageModel.Create(
            new ModelConfig { Family = ModelFamily.Llama, VocabularySize = home.Tokenizer.VocabularySize, HiddenSize = 24, Layers = 2, Heads = 2, IntermediateSize = 32, MaxPositions = 32, InitializerRange = .1, TieEmbeddings = tied },
            seed: 1))
        {
            var examples = home.Texts.SelectMany(t => TrainingExample.FromDocument([home.Tokenizer.BosId, .. home.Tokenizer.Encode(t), home.Tokenizer.EosId], 32)).ToList();
            Trainer.Run(model, examples, new TrainingOptions { Epochs = 10, Seed = 1 }, NullProgress.Instance, default, home.Time);
            model.Save(home.Home.SurrogateDirectory("s"));
        }

        var options = home.Index() with { Track = LayerScope.Tied, BatchTokens = 1024 };
        Indexer.Run(options, NullProgress.Instance, home.Time);
        Indexer.Run(options with { Name = "axes", VocabularyBasis = 0 }, NullProgress.Instance, home.Time);
        var whole = Scores(home, "whole");
        var (axes, dot) = (Agreement(whole, Scores(home, "axes", "axes")), Agreement(whole, Scores(home, "dot", method: "grad-dot")));
        Assert.True(axes > .9 && axes > dot, $"tokens as axes {axes:F3}, no curvature {dot:F3}");
    }

    [Theory]
    [InlineData(ModelFamily.Llama, 100)]
    [InlineData(ModelFamily.Gpt2, 512)]
    [InlineData(ModelFamily.Gpt2, 100)]
    public void Plan_OfAllLayers_IsTheDiskTheyTakeAndTheirOrderOfMemoryAndTime(ModelFamily family, int basis)
    {
        using var home = new TestHome(family);
        var options = new PlanOptions
        {
            Home = home.Home,
            Corpus = "c",
            Surrogate = "s",
            Rank = 4,
            ShardDocuments = 7,
            BatchTokens = 64,
            ProbeTokens = 300,
            Track = LayerScope.Tied,
            VocabularyBasis = basis,
        };
        var plan = Planner.Run(options, NullProgress.Instance);
        var blocks = Planner.Run(options with { Track = LayerScope.Blocks }, NullProgress.Instance);
        foreach (var (job, index) in new[]
        {
            ("index ekfac", home.Index() with { VocabularyBasis = basis }),
            ("index logra float32", home.Index("rows") with { Method = IndexMethod.Logra, ShardDocuments = 7 }),
        })
        {
            var planned = plan.Jobs.Single(j => j.Job == job);
            var result = Indexer.Run(index with { Track = LayerScope.Tied }, NullProgress.Instance, home.Time);
            var files = Directory.GetFiles(result.Directory).Where(f => !f.EndsWith("manifest.json", StringComparison.Ordinal));
            Assert.Equal(files.Sum(f => new FileInfo(f).Length), planned.DiskBytes);
            Assert.True(planned.MemoryBytes > blocks.Jobs.Single(j => j.Job == job).MemoryBytes, job);
            Assert.InRange(planned.Seconds!.Value, 0, 3600);
        }

        // The vocabulary's own covariance, three times in all, is most of what it takes here.
        var (small, more) = (blocks.Jobs[0].MemoryBytes, plan.Jobs[0].MemoryBytes);
        Assert.InRange(more - small, basis == 512 ? 20L * 320 * 320 : 20L * 320 * 12, 40L * 320 * 320 + (basis == 512 ? 1L << 22 : 0));
    }

    private static void Distil(TestHome home, OptimizerKind optimizer, bool tied = false) => Distiller.Run(
        Corpus.Open(home.Home.CorpusDirectory("c")), [], home.Home.SurrogateDirectory("d"),
        new DistillOptions
        {
            Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 8, Layers = 1, Heads = 1, IntermediateSize = 12, MaxPositions = 16, TieEmbeddings = tied },
            VocabularySize = 300,
            Ensemble = 2,
            Training = new TrainingOptions { Optimizer = optimizer, BatchTokens = 128 },
        },
        time: home.Time);

    private static AttributeOptions Options(TestHome home) =>
        new() { Home = home.Home, Index = "i", Queries = home.Queries(2), Run = "r", BatchTokens = 100, MinFidelity = double.NegativeInfinity };

    private static float[] Scores(TestHome home, string run, string index = "i", string? method = null)
    {
        using var scored = ScoreRun.Open(
            Attributor.Run(Options(home) with { Run = run, Index = index, Method = method }, NullProgress.Instance, home.Time).Directory);
        return scored.Scores.ToArray();
    }

    // Spearman over documents, mean of two queries.
    private static double Agreement(float[] x, float[] y) => x.Chunk(x.Length / 2).Zip(
        y.Chunk(y.Length / 2), (a, b) => Correlation.Spearman([.. a.Select(s => (double)s)], [.. b.Select(s => (double)s)])).Average();

    private static JsonNode Manifest(string directory) => JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "manifest.json")))!;

    private static void Change(string directory, Action<JsonObject> change)
    {
        var manifest = Manifest(directory);
        change(manifest["details"]!.AsObject());
        File.WriteAllText(Path.Combine(directory, "manifest.json"), manifest.ToJsonString());
    }
}
