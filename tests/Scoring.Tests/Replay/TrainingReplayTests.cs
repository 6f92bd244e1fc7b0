using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Replay;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Replay;

/// <summary>A replay against whole trainings repeated with a weight moved, and against one graph of the whole training.</summary>
public class TrainingReplayTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(OptimizerKind.AdamW, ModelFamily.Llama)]
    [InlineData(OptimizerKind.AdamW, ModelFamily.Gpt2)]
    [InlineData(OptimizerKind.Muon, ModelFamily.Llama)]
    [InlineData(OptimizerKind.Muon, ModelFamily.GptNeox)]
    [InlineData(OptimizerKind.ScheduleFree, ModelFamily.Llama)]
    [InlineData(OptimizerKind.ScheduleFree, ModelFamily.Gpt2)]
    public void Backward_DocumentsAndTokens_AreFiniteDifferencesOfWholeTrainings(OptimizerKind optimizer, ModelFamily family)
    {
        using var made = new ReplayCase(optimizer, family);
        var derivatives = made.Replayed();
        double[] replayed = [.. Enumerable.Range(0, made.Rows.DocumentCount).Select(d => made.OfDocument(derivatives, d))];
        double[] measured = [.. Enumerable.Range(0, made.Rows.DocumentCount).Select(d => made.Difference((row, _) => made.RowsOf(d).Contains(row)))];
        var smallest = .01 * measured.Max(Math.Abs);
        var worst = replayed.Zip(measured, (own, expected) => Math.Abs(own - expected) / Math.Max(smallest, Math.Abs(expected))).Max();
        output.WriteLine($"{optimizer}, {family}: worst relative error of documents {worst:g3}; {string.Join(' ', measured.Select(x => $"{x:g3}"))}");
        Assert.True(worst <= 1e-3, $"worst relative error {worst:g3}");

        // A single token, the third of the second row.
        var token = made.Difference((row, label) => (row, label) == (1, 3));
        Assert.Equal(token, derivatives.Of(0, 1)[2], 1e-3 * Math.Max(smallest, Math.Abs(token)));
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Muon)]
    [InlineData(OptimizerKind.ScheduleFree)]
    public void Backward_FourSteps_IsTheGradientOfOneGraphOfTheWholeTraining(OptimizerKind optimizer)
    {
        using var scope = NewDisposeScope();
        using var start = new ReplayCase(optimizer, ModelFamily.Gpt2);
        using var made = new ReplayCase(optimizer, ModelFamily.Gpt2) { Options = start.Options with { MaxSteps = 4 } };
        made.Examples.RemoveRange(made.Rows.RowCount, made.Examples.Count - made.Rows.RowCount); // log-probabilities are in the test above
        using var model = made.Untrained();
        var expected = new UnrolledTraining(model, made.Examples, made.Options).Derivatives(made.Query);
        var derivatives = made.Replayed();
        Numbers.Close(expected, [.. Enumerable.Range(0, made.Rows.RowCount).Select(row => derivatives.Sum(0, row))], 1e-9, $"{optimizer}");
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Muon)]
    [InlineData(OptimizerKind.ScheduleFree)]
    public void Backward_WithFewKeptStates_GivesTheSameBits(OptimizerKind optimizer)
    {
        using var made = new ReplayCase(optimizer);
        var expected = made.Replayed().Of(0);
        foreach (var states in new[] { 5, 1 })
        {
            using var model = made.Untrained();
            Assert.Equal(expected, made.Replayed(states * 3L * model.Flat.numel() * sizeof(double)).Of(0));
        }
    }

    [Fact]
    public void Backward_SeveralTargets_IsEachAlone()
    {
        using var made = new ReplayCase(OptimizerKind.Muon);
        var both = made.Replayed(1L << 30, made.Query, made.Other);
        Numbers.Close(made.Replayed().Of(0), both.Of(0), 1e-12, "first");
        Numbers.Close(made.Replayed(1L << 30, made.Other).Of(0), both.Of(1), 1e-12, "second");
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Muon)]
    [InlineData(OptimizerKind.ScheduleFree)]
    public void Backward_InFloat32_IsThatInFloat64(OptimizerKind optimizer)
    {
        using var wide = new ReplayCase(optimizer);
        using var narrow = new ReplayCase(optimizer, dtype: ScalarType.Float32);
        Numbers.Close(wide.Replayed().Of(0), narrow.Replayed().Of(0), 2e-3, $"{optimizer}");
    }

    [Fact]
    public void Backward_OtherShards_DiffersByRoundingAlone()
    {
        using var two = new ReplayCase(OptimizerKind.AdamW);
        using var one = new ReplayCase(OptimizerKind.AdamW) { Options = two.Options with { GradientShards = 1 } };
        Numbers.Close(two.Replayed().Of(0), one.Replayed().Of(0), 1e-9, "shards");
    }

    [Fact]
    public void Backward_DocumentThatIsTheQuery_LowersItsLoss()
    {
        using var made = new ReplayCase(OptimizerKind.AdamW);
        var derivatives = made.Replayed(1L << 30, made.Examples[0]);
        Assert.True(made.OfDocument(derivatives, 0) < 0, "more weight on a text should lower its own loss");
    }

    [Fact]
    public void Forward_EveryStep_LeavesTheTrainersWeights()
    {
        using var made = new ReplayCase(OptimizerKind.Muon, dtype: ScalarType.Float32);
        using var trained = made.Untrained();
        Trainer.Run(trained, made.Examples, made.Options);
        using var model = made.Untrained();
        using var replay = new TrainingReplay(model, made.Examples, made.Options, made.Rows.RowCount);
        replay.Forward();
        Assert.Equal(Numbers.Of(trained.Flat), Numbers.Of(model.Flat));
    }

    [Fact]
    public void Forward_LossThatIsNotFinite_NamesStepAndDocument()
    {
        using var made = new ReplayCase(OptimizerKind.AdamW);
        made.Examples[4] = made.Examples[4] with { LabelWeights = [.. made.Examples[4].LabelWeights.Select(_ => float.PositiveInfinity)] };
        using var model = made.Untrained();
        using var replay = new TrainingReplay(model, made.Examples, made.Options, made.Rows.RowCount, nameOf: row => $"document {made.Rows.IdOf(made.Rows.DocumentOf(row))}");
        var error = Assert.Throws<TdaException>(() => replay.Forward());
        Assert.Contains($"document {made.Rows.IdOf(made.Rows.DocumentOf(4))}", error.Message);
        Assert.Contains("step", error.Message);
    }

    [Fact]
    public void Backward_DerivativeThatIsNotFinite_NamesTheStep()
    {
        using var made = new ReplayCase(OptimizerKind.AdamW);
        using var scope = NewDisposeScope();
        using var model = made.Untrained();
        using var replay = new TrainingReplay(model, made.Examples, made.Options, made.Rows.RowCount);
        replay.Forward();
        var error = Assert.Throws<TdaException>(() => replay.Backward([full_like(model.Flat, double.NaN)]));
        Assert.Contains($"Step {replay.Steps} of {replay.Steps}", error.Message);
    }

    [Theory]
    [InlineData(OptimizerKind.Shampoo)]
    [InlineData(OptimizerKind.RfRmsprop)]
    [InlineData(OptimizerKind.SirfShampoo)]
    [InlineData(OptimizerKind.SpectralShampoo)]
    public void Require_OtherOptimizers_NamesThoseThatCan(OptimizerKind optimizer)
    {
        var error = Assert.Throws<UsageException>(() => TrainingReplay.Require(new TrainingOptions { Optimizer = optimizer }, ScalarType.Float32));
        Assert.Contains("--optimizer muon, adam_w or schedule_free", error.Message);
        Assert.Contains("dtype", Assert.Throws<UsageException>(() => TrainingReplay.Require(new TrainingOptions(), ScalarType.BFloat16)).Message);
        Assert.Contains("range", Assert.Throws<UsageException>(
            () => TrainingReplay.Require(new TrainingOptions { Response = new ResponseRange(.1, 1) }, ScalarType.Float32)).Message);
    }
}
