using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Gradients;

public class GradientCaptureTests
{
    [Theory]
    [InlineData(ScalarType.Float64, 1e-9)]
    [InlineData(ScalarType.Float32, 1e-4)]
    public void ForEach_PaddedBatch_EqualsAutogradOnWeightsOneRowAtATime(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel(dtype: dtype);
        var rows = Rows.Random(6);
        Compare(model, rows, 24, tolerance);
    }

    [Fact]
    public void ForEach_PromptWithoutLoss_KeepsTheGradientThatFlowsThroughThePrompt()
    {
        // Regression guard: zeroing s at prompt positions would lose the paths by which later losses reach the weights.
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var row = new TokenRow(0, [0, 3, 4, 2, 5, 1], 1, 3, 9);
        Compare(model, new MemoryRows(["q"], [row]), 100, 1e-9);
    }

    [Fact]
    public void ForEach_BatchSize_DoesNotChangeGradients()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(9);
        foreach (var labels in new[] { LabelSource.True, LabelSource.Sampled })
        {
            var one = Gradients(model, rows, 1, labels);
            var many = Gradients(model, rows, 1000, labels);
            foreach (var (row, g) in one)
            {
                Numbers.Close(g, many[row], 1e-12, $"{labels} labels, row {row}: a gradient must not depend on its batch");
            }
        }
    }

    [Fact]
    public void ForEach_SampledLabels_DifferBySeedOnly()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = Rows.Random(5);
        var first = Gradients(model, rows, 100, LabelSource.Sampled, seed: 1);
        Assert.Equal(first[0], Gradients(model, rows, 100, LabelSource.Sampled, seed: 1)[0]);
        Assert.NotEqual(first[0], Gradients(model, rows, 100, LabelSource.Sampled, seed: 2)[0]);
    }

    [Fact]
    public void Capture_SampledLabels_FollowThePredictedDistribution()
    {
        // The mean gradient of the loss under labels drawn from the model is zero: E_y[∇ log p(y)] = 0.
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        var rows = MemoryRows.FromTokens([.. Enumerable.Range(0, 4000).Select(i => $"copy-{i}")], [.. Enumerable.Range(0, 4000).Select(_ => new[] { 0, 2, 5 })]);
        Tensor? sampled = null, truth = null;
        var capture = new GradientCapture(model, new CaptureOptions { BatchTokens = 10_000 });
        capture.ForEach(rows, LabelSource.Sampled, b => sampled = b.OutputGradients[1].mean([0L]).DetachFromDisposeScope());
        capture.ForEach(rows, LabelSource.True, b => truth = b.OutputGradients[1].mean([0L]).DetachFromDisposeScope());
        Assert.True(sampled!.abs().max().item<double>() < 0.05 * 1.0, "labels are not drawn from the model's distribution");
        Assert.True(truth!.abs().max().item<double>() > 0.2);
    }

    [Fact]
    public void ForEach_NonFiniteRow_IsMarkedAndZeroedAndLeavesOthersAlone()
    {
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        model.Embedding.select(0, 6).fill_(double.PositiveInfinity);
        var rows = MemoryRows.FromTokens(["good", "bad", "long"], [[0, 1, 2, 3], [0, 6, 1, 2], [0, 1, 2, 3, 4, 5]]);
        var capture = new GradientCapture(model);
        capture.ForEach(rows, LabelSource.True, batch =>
        {
            for (var b = 0; b < batch.Rows.Count; b++)
            {
                Assert.Equal(batch.Rows[b].Document != 1, batch.Finite[b]);
                Assert.True(batch.Activations.Concat(batch.OutputGradients).All(t => Numbers.Of(t).All(double.IsFinite)));
                if (batch.Rows[b].Document == 1)
                {
                    Assert.True(batch.OutputGradients.All(t => Numbers.Of(t.select(0, b)).All(x => x == 0)));
                }
            }
            Assert.Equal(8, batch.LossPositions);
        });
    }

    [Theory]
    [InlineData(LabelSource.True)]
    [InlineData(LabelSource.Sampled)]
    public void Capture_NonFiniteRow_LeavesPaddingZeroAndOtherRowsAsTheyAreWithoutIt(LabelSource labels)
    {
        // Regression: to zero padding and one such row, whole batches went through masked_fill, a second of every pass over a corpus. Now
        // padding is multiplied away, which must not let 0 · ∞ through, and output gradients at padding are zero as autograd gives them.
        using var scope = NewDisposeScope();
        var model = new TinyModel();
        model.Embedding.select(0, 6).fill_(double.PositiveInfinity);
        TokenRow[] rows = [new(0, [0, 1, 2, 3], 1, 0, 5), new(1, [0, 6, 1, 2], 1, 0, 6), new(2, [0, 1, 2, 3, 4, 5], 1, 2, 7)];
        var capture = new GradientCapture(model);
        var (all, without) = (capture.Capture(rows, labels), capture.Capture([rows[0], rows[2]], labels));
        Assert.Equal([true, false, true], all.Finite);
        foreach (var (with, alone) in all.Activations.Concat(all.OutputGradients).Zip(without.Activations.Concat(without.OutputGradients)))
        {
            Assert.All(Numbers.Of(with.select(0, 1)), x => Assert.Equal(0, x));
            Assert.All(Numbers.Of(with.select(0, 0).narrow(0, 3, 2)), x => Assert.Equal(0, x));
            Numbers.Close(alone.select(0, 0), with.select(0, 0), 1e-12, "a row must not depend on a broken neighbour");
            Numbers.Close(alone.select(0, 1), with.select(0, 2), 1e-12, "a row must not depend on a broken neighbour");
        }
    }

    private static void Compare(TinyModel model, IRowSource rows, int batchTokens, double tolerance)
    {
        var seen = 0;
        new GradientCapture(model, new CaptureOptions { BatchTokens = batchTokens }).ForEach(rows, LabelSource.True, batch =>
        {
            for (var b = 0; b < batch.Rows.Count; b++, seen++)
            {
                var expected = model.WeightGradients(batch.Rows[b]);
                for (var m = 0; m < 2; m++)
                {
                    var g = batch.OutputGradients[m].select(0, b).transpose(0, 1).matmul(batch.Activations[m].select(0, b));
                    Numbers.Close(expected[m], g, tolerance, $"{model.Modules[m].Name}, row {b}");
                }
            }
        });
        Assert.Equal(rows.RowCount, seen);
    }

    private static Dictionary<int, double[]> Gradients(TinyModel model, IRowSource rows, int batchTokens, LabelSource labels, long seed = 0)
    {
        var result = new Dictionary<int, double[]>();
        new GradientCapture(model, new CaptureOptions { BatchTokens = batchTokens, Seed = seed }).ForEach(rows, labels, batch =>
        {
            for (var b = 0; b < batch.Rows.Count; b++)
            {
                result[batch.Rows[b].Document] = Numbers.Of(batch.OutputGradients[0].select(0, b).transpose(0, 1).matmul(batch.Activations[0].select(0, b)));
            }
        });
        return result;
    }
}
