using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

/// <summary>A surrogate whose adapters were trained on a base, indexed and attributed: to the adapters, and to the merged weights.</summary>
public sealed class AdapterAttributionTests : IDisposable
{
    private static readonly string[] WholeCurvature = ["explicit", "cg", "lissa", "arnoldi", "astra", "astra-cg", "astra-source"];
    private readonly TestHome _home = new();

    public AdapterAttributionTests()
    {
        var corpus = Corpus.Open(_home.Home.CorpusDirectory("c"));
        var training = new TrainingOptions { Optimizer = OptimizerKind.AdamW, LearningRate = 1e-2, BatchTokens = 128 };
        var shape = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 8, Layers = 1, Heads = 1, IntermediateSize = 12, MaxPositions = 16 };
        Distiller.Run(corpus, [], _home.Home.SurrogateDirectory("base"), new DistillOptions { Model = shape, VocabularySize = 300, Training = training }, time: _home.Time);
        Distiller.Run(
            corpus, [], _home.Home.SurrogateDirectory("tuned"),
            new DistillOptions { Base = DistillBase.Open(_home.Home.SurrogateDirectory("base")), Lora = new LoraConfig { Rank = 2, Alpha = 4 }, Training = training, Ensemble = 2 },
            time: _home.Time);
    }

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Run_OverAdapters_EveryMethodScores()
    {
        Indexer.Run(Index(), NullProgress.Instance, _home.Time);
        var info = IndexDirectory.Open(_home.Home.IndexDirectory("i")).Info;
        Assert.Equal(ModelParameters.Adapters, info.Parameters);
        Assert.Equal(14, info.Modules.Count);
        Assert.All(info.Modules, module => Assert.Equal(2, Math.Min(module.Inputs, module.Outputs)));

        foreach (var name in AttributionMethods.Names.Except(["logra", "cascade", "datamodel", .. WholeCurvature]))
        {
            using var run = ScoreRun.Open(Attributor.Run(Options() with { Method = name, Run = name }, NullProgress.Instance, _home.Time).Directory);
            Assert.True(run.Scores.Row(0).ToArray().Distinct().Count() > 5, $"{name}: scores hardly differ");
            Assert.All(run.Scores.Row(0).ToArray(), score => Assert.True(float.IsFinite(score), name));
        }

        Assert.NotEqual(Scores("tracin", "one"), Scores("tracin", "two", ensemble: 2));
    }

    [Fact]
    public void Run_LograOverAdapters_IsAppendedToAndScored()
    {
        Indexer.Run(Index() with { Method = IndexMethod.Logra, Rank = 2 }, NullProgress.Instance, _home.Time);
        Assert.True(Scores("logra", "r").Distinct().Count() > 5);
    }

    /// <summary>Scores over the merged weights are those of a plain surrogate with the same weights.</summary>
    [Fact]
    public void Run_OverMergedWeights_EqualsThePlainSurrogate()
    {
        SurrogateMerger.Run(_home.Home.SurrogateDirectory("tuned"), _home.Home.SurrogateDirectory("plain"), false, NullProgress.Instance, _home.Time);
        Indexer.Run(Index("merged") with { Parameters = ModelParameters.Merged }, NullProgress.Instance, _home.Time);
        Indexer.Run(Index("plain") with { Surrogate = "plain" }, NullProgress.Instance, _home.Time);
        var merged = IndexDirectory.Open(_home.Home.IndexDirectory("merged")).Info;
        Assert.Equal(7, merged.Modules.Count);
        Assert.Null(IndexDirectory.Open(_home.Home.IndexDirectory("plain")).Info.Parameters);

        Numbers.Close(Scores("ekfac", "p", index: "plain"), Scores("ekfac", "m", index: "merged"), 1e-4, "merged against plain");

        // A training of adapters was none of the merged weights.
        var error = Assert.Throws<UsageException>(() => Scores("tracin", "t", index: "merged"));
        Assert.Contains("--parameters adapters", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AdaptersThatArentThere_IsRefused()
    {
        var error = Assert.Throws<UsageException>(
            () => Indexer.Run(Index() with { Surrogate = "base", Parameters = ModelParameters.Adapters }, NullProgress.Instance, _home.Time));
        Assert.Contains("base has no adapters", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LmHeadOfASurrogateWithAdapters_IsRefusedOverThem_AndTrackedOverTheMergedWeights()
    {
        var error = Assert.Throws<UsageException>(() => Indexer.Run(Index() with { Track = LayerScope.Head }, NullProgress.Instance, _home.Time));
        Assert.Contains("leave out --track", error.Message, StringComparison.Ordinal);
        Indexer.Run(Index("merged") with { Parameters = ModelParameters.Merged, Track = LayerScope.Head }, NullProgress.Instance, _home.Time);
        Assert.Equal(8, IndexDirectory.Open(_home.Home.IndexDirectory("merged")).Info.Modules.Count);
    }

    [Fact]
    public void Open_ScaleChangedSinceTheIndexWasMade_IsRefused()
    {
        Indexer.Run(Index(), NullProgress.Instance, _home.Time);
        using (var before = OpenedSurrogate.Open(_home.Home, "tuned"))
        {
            Assert.Equal(IndexDirectory.Open(_home.Home.IndexDirectory("i")).Info.SurrogateHash, before.WeightsHash);
        }

        // A folder without a manifest, as from elsewhere: its hash alone tells.
        File.Delete(Path.Combine(_home.Home.SurrogateDirectory("tuned"), "manifest.json"));
        var config = Path.Combine(_home.Home.SurrogateDirectory("tuned"), "adapter", "adapter_config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"lora_alpha\": 4", "\"lora_alpha\": 5", StringComparison.Ordinal));
        Assert.Contains("weights have changed", Assert.Throws<BadInputException>(() => Scores("ekfac", "r")).Message, StringComparison.Ordinal);
    }

    private IndexOptions Index(string name = "i") => _home.Index(name) with { Surrogate = "tuned" };

    private AttributeOptions Options(string index = "i") =>
        new() { Home = _home.Home, Index = index, Queries = _home.Queries(2), Run = "r", BatchTokens = 100, MinFidelity = double.NegativeInfinity };

    private double[] Scores(string method, string run, int? ensemble = null, string index = "i")
    {
        using var scored = ScoreRun.Open(
            Attributor.Run(Options(index) with { Method = method, Run = run, Ensemble = ensemble }, NullProgress.Instance, _home.Time).Directory);
        return [.. scored.Scores.ToArray().Select(x => (double)x)];
    }
}
