using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

public class MethodsOverIndexTests
{
    private static readonly string[] WholeCurvature = ["explicit", "cg", "lissa", "arnoldi", "astra", "astra-cg", "astra-source"];

    [Fact]
    public void Run_MethodThatLacksSomething_NamesItBeforeAnyWork()
    {
        using var home = Indexed();
        const MethodNeeds Missing = MethodNeeds.Checkpoints | MethodNeeds.SecondMoments | MethodNeeds.Ensemble;
        var lacking = AttributionMethods.Names.Where(n => (AttributionMethods.Find(n).Needs & Missing) != 0).ToArray();
        Assert.Contains("tracin", lacking);
        foreach (var name in lacking)
        {
            var error = Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Method = name, Run = name }, NullProgress.Instance, home.Time));
            Assert.Contains($"Method {name} needs", error.Message);
            Assert.False(Directory.Exists(home.Home.RunDirectory(name)));
        }
        var fused = Options(home) with { Method = "fused", Options = new MethodOptions { Fusion = new FusionOptions { Parts = ["bm25", "tracin"] } } };
        Assert.Contains("tracin needs checkpoints", Assert.Throws<UsageException>(() => Attributor.Run(fused, NullProgress.Instance, home.Time)).Message);
        Assert.All(AttributionMethods.Names, name => Assert.NotEmpty(AttributionMethods.Find(name).Summary));
    }

    [Fact]
    public void Run_DistilledEnsemble_EveryMethodScores()
    {
        // What tda distill leaves has checkpoints, second moments and members: nothing is missing to any method.
        using var home = new TestHome();
        Distiller.Run(
            Corpus.Open(home.Home.CorpusDirectory("c")), [], home.Home.SurrogateDirectory("d"),
            new DistillOptions
            {
                Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 8, Layers = 1, Heads = 1, IntermediateSize = 12, MaxPositions = 16 },
                VocabularySize = 300,
                Ensemble = 2,
                Training = new TrainingOptions { Optimizer = OptimizerKind.AdamW, BatchTokens = 128 },
            },
            time: home.Time);
        Indexer.Run(home.Index() with { Surrogate = "d" }, NullProgress.Instance, home.Time);
        // Those of an index of projected gradients or of a bank, and those that solve with the whole curvature (minutes on a busy machine), have tests of their own.
        foreach (var name in AttributionMethods.Names.Except(["logra", "cascade", "datamodel", .. WholeCurvature]))
        {
            using var run = ScoreRun.Open(Attributor.Run(Options(home) with { Method = name, Run = name }, NullProgress.Instance, home.Time).Directory);
            Assert.Equal(name, run.Header.Method);
            Assert.True(run.Scores.Row(0).ToArray().Distinct().Count() > 5, $"{name}: scores hardly differ");
        }

        // A member's own checkpoints are used for it: the ensemble's scores are not the first member's.
        var one = Scores(home, Options(home) with { Method = "tracin", Run = "one" });
        Assert.NotEqual(one, Scores(home, Options(home) with { Method = "tracin", Run = "two", Ensemble = 2 }));
    }

    [Fact]
    public void Run_RegistryMethod_EqualsTheBuiltInPath()
    {
        // The same EK-FAC, once by the index's path and once as an IInfluence through fused's inner method: orders must agree.
        using var home = Indexed();
        var words = Scores(home, Options(home) with { Method = "bm25", Run = "words" });
        var gradients = Scores(home, Options(home) with { Method = "ekfac", Run = "gradients" });
        var fused = Scores(home, Options(home) with { Method = "fused", Run = "fused" });
        for (var q = 0; q < 2; q++)
        {
            float[] Row(double[] all) => [.. all[(q * 24)..((q + 1) * 24)].Select(x => (float)x)];
            Numbers.Close([.. RankFusion.Fuse([Row(words), Row(gradients)], 60).Select(x => (double)x)], [.. Row(fused).Select(x => (double)x)], 1e-6, "fused ranks");
        }
    }

    [Fact]
    public void Run_Fused_KAndMethodAreOptions()
    {
        using var home = Indexed();
        var options = Options(home) with { Method = "fused", Options = new MethodOptions { Fusion = new FusionOptions { Parts = ["bm25", "grad-cos"], K = 1 } } };
        Assert.NotEqual(Scores(home, options with { Run = "one" }), Scores(home, options with { Run = "sixty", Options = new MethodOptions { Fusion = new FusionOptions { Parts = ["bm25", "grad-cos"] } } }));
        Assert.Contains("'fused'", Assert.Throws<UsageException>(() => Attributor.Run(options with { Options = new MethodOptions { Fusion = new FusionOptions { Parts = ["bm25", "fused"] } } }, NullProgress.Instance, home.Time)).Message);
        Assert.Contains("magic", Assert.Throws<UsageException>(() => Attributor.Run(options with { Options = new MethodOptions { Fusion = new FusionOptions { Parts = ["bm25", "magic"] } } }, NullProgress.Instance, home.Time)).Message);
    }

    [Theory]
    [InlineData("ekfac")]
    [InlineData("bm25")]
    [InlineData("fused")]
    public void Run_Prefilter_ScoresTheKeptAsBeforeAndSaysWhatIsLeftOut(string method)
    {
        using var home = Indexed();
        var options = Options(home) with { Method = method, Queries = home.Queries(1) };
        using var all = ScoreRun.Open(Attributor.Run(options with { Run = "all" }, NullProgress.Instance, home.Time).Directory);
        var result = Attributor.Run(options with { Run = "some", Prefilter = PrefilterOptions.Parse("bm25:6") }, NullProgress.Instance, home.Time);
        using var some = ScoreRun.Open(result.Directory);
        Assert.Equal(6, some.Rows.Count);
        Assert.Equal(18, result.LeftOut);
        Assert.Equal(6, result.Documents);
        if (method != "fused")
        {
            var before = all.Rows.Select((r, i) => (r.Id, i)).ToDictionary(x => x.Id, x => x.i);
            for (var d = 0; d < 6; d++)
            {
                Assert.Equal(all.Scores.Row(0)[before[some.Rows[d].Id]], some.Scores.Row(0)[d], 1e-4 * Math.Abs(some.Scores.Row(0)[d]) + 1e-6);
            }
        }
        Assert.Contains("\"left_out\": 18", File.ReadAllText(Path.Combine(result.Directory, "manifest.json")));

        // They are the six that BM25 ranks first.
        using var words = ScoreRun.Open(Attributor.Run(options with { Method = "bm25", Run = "words", Top = 6 }, NullProgress.Instance, home.Time).Directory);
        Assert.Equal(words.Top().Select(d => d.Id).Order(), some.Rows.Select(r => r.Id).Order());
    }

    [Theory]
    [InlineData("ekfac")]
    [InlineData("hidden-cosine")]
    [InlineData("logra-pca")]
    public void Run_QueryLongerThanTheContext_IsSaidByEveryMethodThatReadsTokens(string method)
    {
        using var home = Indexed();
        var queries = home.Queries(2);
        var said = new Messages();
        Attributor.Run(
            Options(home) with { Method = method, Queries = [queries[0] with { Completion = "a dog" }, queries[1] with { Prompt = string.Join(" ", home.Texts) }] }, said, home.Time);
        Assert.Contains(said.Lines, l => l.Contains("1 of 2 queries are longer than the surrogate's context of 12 tokens ('q1' the first)"));
    }

    [Theory]
    [InlineData("bm25")]
    [InlineData("bm25:0")]
    [InlineData("magic:10")]
    [InlineData("bm25:ten")]
    public void Parse_WrongPrefilter_IsRefused(string text) => Assert.Contains("bm25:N", Assert.Throws<UsageException>(() => PrefilterOptions.Parse(text)).Message);

    [Fact]
    public void Run_Calibration_IsAppliedAndRefusedForAnotherMethod()
    {
        using var home = Indexed();
        double[] x = [1, 2, 3, 4, 5, 6, 7, 8];
        var calibration = CalibrationFitter.Fit(CalibrationKind.Linear, "ekfac", Normalisation.None, x, [.. x.Select(v => v / 2)]);
        var result = Attributor.Run(Options(home) with { Calibration = calibration }, NullProgress.Instance, home.Time);
        Assert.All(result.Top, d => Assert.Equal(d.Score / result.N / 2, d.Calibrated!.Nats, 9));
        Assert.Contains("ekfac", Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Calibration = calibration, Method = "grad-dot", Run = "x" }, NullProgress.Instance, home.Time)).Message);
        Assert.Contains("RelatIf", Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Calibration = calibration, Normalisation = Normalisation.RelatIf, Run = "x" }, NullProgress.Instance, home.Time)).Message);
    }

    private static TestHome Indexed()
    {
        var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        return home;
    }

    private static AttributeOptions Options(TestHome home) =>
        new() { Home = home.Home, Index = "i", Queries = home.Queries(2), Run = "r", BatchTokens = 100, MinFidelity = double.NegativeInfinity };

    private static double[] Scores(TestHome home, AttributeOptions options)
    {
        using var run = ScoreRun.Open(Attributor.Run(options, NullProgress.Instance, home.Time).Directory);
        return [.. run.Scores.ToArray().Select(x => (double)x)];
    }
}
