using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods;
using Tda.Scoring.Planning;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Index;

/// <summary>Indexes that track LM head and token embedding, from making them to what a run says of it.</summary>
public class TrackedIndexTests
{
    private static readonly string[] WholeCurvature = ["explicit", "cg", "lissa", "arnoldi", "astra", "astra-cg", "astra-source"];

    [Theory]
    [InlineData(ModelFamily.Llama, 16)]
    [InlineData(ModelFamily.Gpt2, 9)]
    public void Run_AllLayers_ManifestsSayWhichAndHowMuchOfTheModel(ModelFamily family, int modules)
    {
        using var home = new TestHome(family);
        var info = IndexDirectory.Open(Indexer.Run(home.Index() with { Track = LayerScope.All }, NullProgress.Instance, home.Time).Directory).Info;
        Assert.Equal((LayerScope.All, modules), (info.Track, info.Modules.Count));
        Assert.InRange(info.Coverage!.Share, .9, .999);
        var result = Attributor.Run(Options(home) with { Layers = true }, NullProgress.Instance, home.Time);
        Assert.Equal(info.Coverage, result.Coverage);
        var details = Manifest(result.Directory)["details"]!;
        Assert.Equal("all", details["track"]!.GetValue<string>());
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
    [InlineData(LayerScope.Head)]
    [InlineData(LayerScope.All)]
    public void Run_DistilledEnsemble_EveryMethodScores(LayerScope track)
    {
        using var home = new TestHome();
        Distil(home, OptimizerKind.AdamW);
        Indexer.Run(home.Index() with { Surrogate = "d", Track = track }, NullProgress.Instance, home.Time);
        Indexer.Run(home.Index("rows") with { Surrogate = "d", Track = track, Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        foreach (var name in AttributionMethods.Names.Except(["cascade", .. WholeCurvature]))
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
    }

    [Theory]
    [InlineData(ModelFamily.Llama, 512)]
    [InlineData(ModelFamily.Llama, 100)]
    [InlineData(ModelFamily.Gpt2, 512)]
    [InlineData(ModelFamily.Gpt2, 100)]
    public void Plan_OfAllLayers_IsTheDiskTheyTakeAndTheirOrderOfMemoryAndTime(ModelFamily family, int basis)
    {
        using var home = new TestHome(family);
        var options = new PlanOptions
        {
            Home = home.Home, Corpus = "c", Surrogate = "s", Rank = 4, ShardDocuments = 7, BatchTokens = 64, ProbeTokens = 300,
            Track = LayerScope.All, VocabularyBasis = basis,
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
            var result = Indexer.Run(index with { Track = LayerScope.All }, NullProgress.Instance, home.Time);
            var files = Directory.GetFiles(result.Directory).Where(f => !f.EndsWith("manifest.json", StringComparison.Ordinal));
            Assert.Equal(files.Sum(f => new FileInfo(f).Length), planned.DiskBytes);
            Assert.True(planned.MemoryBytes > blocks.Jobs.Single(j => j.Job == job).MemoryBytes, job);
            Assert.InRange(planned.Seconds!.Value, 0, 3600);
        }

        // The vocabulary's own covariance, three times in all, is most of what it takes here.
        var (small, more) = (blocks.Jobs[0].MemoryBytes, plan.Jobs[0].MemoryBytes);
        Assert.InRange(more - small, basis == 512 ? 20L * 320 * 320 : 20L * 320 * 12, 40L * 320 * 320 + (basis == 512 ? 1L << 22 : 0));
    }

    private static void Distil(TestHome home, OptimizerKind optimizer) => Distiller.Run(
        Corpus.Open(home.Home.CorpusDirectory("c")), [], home.Home.SurrogateDirectory("d"),
        new DistillOptions
        {
            Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 8, Layers = 1, Heads = 1, IntermediateSize = 12, MaxPositions = 16, TieEmbeddings = false },
            VocabularySize = 300,
            Ensemble = 2,
            Training = new TrainingOptions { Optimizer = optimizer, BatchTokens = 128 },
        },
        time: home.Time);

    private static AttributeOptions Options(TestHome home) =>
        new() { Home = home.Home, Index = "i", Queries = home.Queries(2), Run = "r", BatchTokens = 100, MinFidelity = double.NegativeInfinity };

    private static float[] Scores(TestHome home, string run)
    {
        using var scored = ScoreRun.Open(Attributor.Run(Options(home) with { Run = run }, NullProgress.Instance, home.Time).Directory);
        return scored.Scores.ToArray();
    }

    private static JsonNode Manifest(string directory) => JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "manifest.json")))!;

    private static void Change(string directory, Action<JsonObject> change)
    {
        var manifest = Manifest(directory);
        change(manifest["details"]!.AsObject());
        File.WriteAllText(Path.Combine(directory, "manifest.json"), manifest.ToJsonString());
    }
}
