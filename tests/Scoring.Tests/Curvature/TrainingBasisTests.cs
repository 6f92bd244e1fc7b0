using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Scoring.Index;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Curvature;

public class TrainingBasisTests
{
    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)] // biases, and matrices that files hold transposed
    public void Index_FactorsFromTraining_RanksAsFactorsFittedAfterwards(ModelFamily family)
    {
        using var home = Distilled(family, OptimizerKind.SpectralShampoo);
        var fitted = Scores(home, "fitted", fromTraining: false);
        var kept = Scores(home, "kept", fromTraining: true);
        var plain = Scores(home, "fitted", fromTraining: false, method: "grad-dot", run: "plain");
        var agreement = Agreement(fitted, kept);

        // Without any curvature the order is another one: a basis of no use would show.
        Assert.True(agreement >= .9, $"Spearman {agreement:F3} between factors from training and fitted ones");
        Assert.True(Agreement(fitted, plain) < agreement - .02, $"grad-dot ranks alike already: {Agreement(fitted, plain):F3} against {agreement:F3}");

        var info = IndexDirectory.Open(home.Home.IndexDirectory("kept")).Info;
        Assert.True(info.FactorsFromTraining && info.Tokens == 0 && info.Sequences > 0);
        Assert.False(File.Exists(Path.Combine(home.Home.IndexDirectory("kept"), "covariances.safetensors")));
    }

    [Fact]
    public void Index_FactorsFromTrainingOfAnotherOptimizer_SaysWhatToDo()
    {
        using var home = Distilled(ModelFamily.Llama, OptimizerKind.AdamW, epochs: 1);
        var error = Assert.Throws<UsageException>(() => Index(home, "kept", fromTraining: true));
        Assert.Contains("AdamW", error.Message);
        Assert.Contains("--optimizer spectral_shampoo", error.Message);

        // One that wasn't distilled: no training.json at all.
        using var imported = new TestHome();
        Assert.Throws<BadInputException>(() => Indexer.Run(imported.Index() with { FactorsFromTraining = true }, NullProgress.Instance, imported.Time));
    }

    [Fact]
    public void Index_LayerWiderThanBlocks_NamesItAndTheWidth()
    {
        using var home = Distilled(ModelFamily.Llama, OptimizerKind.SpectralShampoo, epochs: 1, block: 16);
        var error = Assert.Throws<UsageException>(() => Index(home, "kept", fromTraining: true));
        Assert.Contains("model.layers.0", error.Message);
        Assert.Contains("--shampoo-block 24", error.Message);
    }

    [Fact]
    public void Index_FactorsFromTrainingForLogra_IsRefused()
    {
        using var home = new TestHome();
        var error = Assert.Throws<UsageException>(() => Indexer.Run(
            home.Index() with { Method = IndexMethod.Logra, FactorsFromTraining = true }, NullProgress.Instance, home.Time));
        Assert.Contains("factors from training", error.Message);
    }

    [Fact]
    public void Index_CheckpointsRemoved_IsRefusedByName()
    {
        using var home = Distilled(ModelFamily.Llama, OptimizerKind.SpectralShampoo, epochs: 1);
        foreach (var step in Directory.GetDirectories(Path.Combine(home.Home.SurrogateDirectory("d"), "checkpoints")))
        {
            Directory.Delete(step, recursive: true);
        }

        Assert.Contains("checkpoint", Assert.Throws<BadInputException>(() => Index(home, "kept", fromTraining: true)).Message);
    }

    private static TestHome Distilled(ModelFamily family, OptimizerKind optimizer, int epochs = 14, int block = 256)
    {
        var home = new TestHome(documents: 60);
        Distiller.Run(
            Corpus.Open(home.Home.CorpusDirectory("c")), [], home.Home.SurrogateDirectory("d"),
            new DistillOptions
            {
                Model = new ModelConfig { Family = family, VocabularySize = 320, HiddenSize = 24, Layers = 2, Heads = 2, IntermediateSize = 40, MaxPositions = 32 },
                VocabularySize = 320,
                Training = new TrainingOptions
                {
                    Optimizer = optimizer,
                    Epochs = epochs,
                    BatchTokens = 256,
                    FinalLearningRateFraction = 1,
                    Shampoo = new ShampooOptions { Block = block },
                },
            },
            time: home.Time);
        return home;
    }

    private static void Index(TestHome home, string name, bool fromTraining) => Indexer.Run(
        home.Index(name) with { Surrogate = "d", FactorsFromTraining = fromTraining, BatchTokens = 1024, ShardDocuments = 4096 }, NullProgress.Instance, home.Time);

    private static double[][] Scores(TestHome home, string index, bool fromTraining, string method = "ekfac", string? run = null)
    {
        if (!Directory.Exists(home.Home.IndexDirectory(index)))
        {
            Index(home, index, fromTraining);
        }

        using var scored = ScoreRun.Open(Attributor.Run(
            new AttributeOptions { Home = home.Home, Index = index, Queries = [.. home.Queries(6)], Run = run ?? index, Method = method }, NullProgress.Instance, home.Time).Directory);
        return [.. Enumerable.Range(0, 6).Select(q => (double[])[.. scored.Scores.Row(q).ToArray().Select(score => (double)score)])];
    }

    private static double Agreement(double[][] x, double[][] y) => x.Zip(y).Average(pair => Correlation.Spearman(pair.First, pair.Second));
}
