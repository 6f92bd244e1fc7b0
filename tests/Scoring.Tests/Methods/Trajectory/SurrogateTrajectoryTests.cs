using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Trajectory;
using Tda.Scoring.Tests.Reference;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Trajectory;

public class SurrogateTrajectoryTests
{
    private static readonly TrainingOptions Options = new()
    {
        Optimizer = OptimizerKind.AdamW,
        Epochs = 1,
        MaxSteps = 6,
        BatchTokens = 20,
        LearningRate = 1e-2,
        CheckpointEvery = 2,
        GradientClip = 0,
        Beta2 = .9,
    };

    [Fact]
    public void Of_AdamWRun_GivesRatesStepsAndWeightsOfEveryCheckpoint()
    {
        using var scope = NewDisposeScope();
        using var directory = new TempDirectory();
        var (points, history, model) = Train(directory, Options, labelTokensPerRow: 5);
        using var owned = model;
        Assert.Equal([2, 4, 6], points.Select(p => p.Step));
        Assert.Equal([2, 2, 2], points.Select(p => p.Steps));
        for (var c = 0; c < 3; c++)
        {
            Assert.Equal(
            (history.LearningRates[2 * c] + history.LearningRates[2 * c + 1]) / 2 / 5, points[c].LearningRate, 12);
        }

        Assert.All(points, p => Assert.Equal(p.LearningRate, p.EffectiveRate));
        using var last = points[2].Open();
        var loaded = ((LanguageModel)last.Owner!).Flat;
        Assert.Equal(Numbers.Of(model.Flat), Numbers.Of(loaded));
        using var first = points[0].Open();
        Assert.NotEqual(Numbers.Of(model.Flat), Numbers.Of(((LanguageModel)first.Owner!).Flat));
    }

    [Fact]
    public void SecondMoments_AfterOneStep_AreTheSquaredGradientByModuleWithTheBiasLast()
    {
        // After one step v = (1 − β₂)g², and the bias correction takes the factor away: v̂ = g² of the mean token loss.
        using var scope = NewDisposeScope();
        using var directory = new TempDirectory();
        var examples = Examples();
        using var model = LanguageModelReference.Create(ModelFamily.Gpt2, ScalarType.Float32);
        using var before = model.Clone();
        var options = Options with { MaxSteps = 1, CheckpointDirectory = directory.Path };
        var result = Trainer.Run(model, examples, options, time: new FakeTimeProvider());
        var point = Assert.Single(SurrogateTrajectory.Of(Checkpoint.List(directory.Path), options, result.History, 1));
        using var moments = point.SecondMoments!();

        var batch = Trainer.Plan(examples, options)[0].ToArray();
        var labels = batch.Sum(i => examples[i].Tokens.Length - 1);
        Tensor[]? sum = null;
        foreach (var i in batch)
        {
            var g = LanguageModelReference.WeightGradients(before, new TokenRow(0, examples[i].Tokens, 1, 0, 0));
            sum = sum is null ? g : [.. sum.Zip(g, (x, y) => x + y)];
        }
        Assert.Equal(sum!.Length, moments.Modules.Count);
        for (var m = 0; m < sum.Length; m++)
        {
            Numbers.Close((sum[m] / labels).pow(2), moments.Tensors[m].select(0, 0), 1e-3, moments.Modules[m].Name);
        }
    }

    [Fact]
    public void Of_MuonRun_HasNoSecondMomentsAndMuonsRate()
    {
        using var scope = NewDisposeScope();
        using var directory = new TempDirectory();
        var options = Options with { Optimizer = OptimizerKind.Muon, MuonLearningRate = .03 };
        var (points, history, model) = Train(directory, options, 1);
        using var owned = model;
        Assert.All(points, p => Assert.Null(p.SecondMoments));
        Assert.Equal((history.LearningRates[0] + history.LearningRates[1]) / 2 * 3, points[0].EffectiveRate, 12);
    }

    [Fact]
    public void Methods_OnATrainedLanguageModel_GiveFiniteScores()
    {
        using var scope = NewDisposeScope();
        using var directory = new TempDirectory();
        var (points, _, model) = Train(directory, Options, 5);
        using var owned = model;
        var documents = Rows.Random(6, vocabulary: 11);
        var capture = new GradientCapture(new LanguageModelCapture(model));
        var context = new InfluenceContext { Capture = capture, Documents = documents, Trajectory = points };
        foreach (var name in new[] { "tracin", "source", "source-adam", "trackstar" })
        {
            var scores = Runs.Score(name, context, new MethodOptions(), documents, Runs.Each(documents));
            Assert.All(Enumerable.Range(0, 6), q => Assert.All(Runs.Row(scores, q), x => Assert.True(double.IsFinite(x), name)));
            // A sum of squares, and a cosine with itself; Source's gradients are of different weights.
            if (name is not ("tracin" or "trackstar"))
            {
                continue;
            }

            Assert.All(Enumerable.Range(0, 6), d => Assert.True(scores[d, d] > 0, $"{name}: document {d} has {scores[d, d]} for itself"));
        }
    }

    private static (IReadOnlyList<TrajectoryPoint> Points, TrainingHistory History, LanguageModel Model) Train(
        TempDirectory directory, TrainingOptions options, double labelTokensPerRow)
    {
        var model = LanguageModelReference.Create(ModelFamily.Gpt2, ScalarType.Float32);
        options = options with { CheckpointDirectory = directory.Path };
        var result = Trainer.Run(model, Examples(), options, time: new FakeTimeProvider());
        return (SurrogateTrajectory.Of(Checkpoint.List(directory.Path), options, result.History, labelTokensPerRow), result.History, model);
    }

    private static TrainingExample[] Examples()
    {
        var rows = Rows.Random(40, vocabulary: 11, seed: 9);
        return [.. Enumerable.Range(0, 40).Select(i => new TrainingExample(rows.Load(i).Tokens, [.. rows.Load(i).Tokens.Select(_ => 1f)]))];
    }
}
