using Tda.ProxyTrainer.Classifiers;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Gradients;

public class ClassifierCaptureTests
{
    private const int Examples = 7;
    private static readonly ClassifierShape Shape = new(5, [4, 3], 3);

    [Theory]
    [InlineData(ScalarType.Float64, 1e-9)]
    [InlineData(ScalarType.Float32, 1e-4)]
    public void ForEach_Batch_EqualsAutogradOnWeightsOneExampleAtATime(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var (model, features, rows) = Setup(dtype);
        foreach (var batchTokens in new[] { 1, 3, 100 })
        {
            var seen = 0;
            new GradientCapture(new ClassifierCapture(model, features), new CaptureOptions { BatchTokens = batchTokens }).ForEach(rows, LabelSource.True, batch =>
            {
                for (var b = 0; b < batch.Rows.Count; b++, seen++)
                {
                    var (gradients, loss) = Reference(model, features, batch.Rows[b]);
                    Assert.Equal(loss, batch.TokenLosses[b, 0].to_type(ScalarType.Float64).item<double>(), 5);
                    for (var m = 0; m < gradients.Length; m++)
                    {
                        var actual = batch.OutputGradients[m][b].transpose(0, 1).matmul(batch.Activations[m][b]);
                        Numbers.Close(gradients[m], actual, tolerance, $"example {batch.Rows[b].Document}, layer {m}, batches of {batchTokens}");
                    }
                }
            });
            Assert.Equal(Examples - 2, seen);
        }
    }

    [Fact]
    public void Modules_OfAClassifier_AreItsLayersWithBiases()
    {
        using var scope = NewDisposeScope();
        var (model, features, _) = Setup(ScalarType.Float32);
        var capture = new ClassifierCapture(model, features);
        Assert.Equal([("layers.0", 5, 4, true), ("layers.1", 4, 3, true), ("layers.2", 3, 3, true)], capture.Modules.Select(m => (m.Name, m.Inputs, m.Outputs, m.Bias)));
        Assert.Equal(1, capture.MaxPositions);
    }

    [Fact]
    public void Capture_RowOfTwoPositions_IsRefused()
    {
        using var scope = NewDisposeScope();
        var (model, features, _) = Setup(ScalarType.Float32);
        var capture = new GradientCapture(new ClassifierCapture(model, features));
        Assert.Throws<ArgumentException>(() => capture.Capture([new TokenRow(0, [0, 1, 2], 1, 0, 1)], LabelSource.True));
    }

    [Fact]
    public void Of_Checkpoints_OpenTheirOwnWeightsAndMoments()
    {
        using var scope = NewDisposeScope();
        var (_, features, _) = Setup(ScalarType.Float64);
        var labels = tensor(Enumerable.Range(0, Examples).Select(i => (long)(i % 3)).ToArray(), [Examples], dtype: ScalarType.Int64);
        var options = new ClassifierOptions { Optimizer = ClassifierOptimizer.AdamW, Epochs = 6, Checkpoints = 3, DType = ScalarType.Float64 };
        using var run = ClassifierTrainer.Run(Shape, features, labels, [Enumerable.Repeat(true, Examples).ToArray()], [1], 0, options, keepCheckpoints: true);
        var points = ClassifierTrajectory.Of(run.Checkpoints[0], features, options.Momentum);
        Assert.Equal([2, 4, 6], points.Select(p => p.Step));
        using var moments = points[1].SecondMoments!();
        Assert.Equal([1, 4, 6], moments.Tensors[0].shape);
        var row = new TokenRow(0, [2, 1], 1, 0, 1);
        var losses = points.Select(p => p.Open().Capture.Capture([row], LabelSource.True).TokenLosses.item<double>()).ToArray();
        Assert.Equal(3, losses.Distinct().Count());
        Assert.Equal(Reference(run.Checkpoints[0][2].Model, features, row).Loss, losses[2], 12);
    }

    private static (Classifier Model, Tensor Features, MemoryRows Rows) Setup(ScalarType dtype)
    {
        var random = new Random(3);
        var features = tensor(Enumerable.Range(0, Examples * 5).Select(_ => random.NextDouble() * 2 - 1).ToArray(), [Examples, 5], dtype: ScalarType.Float64).to_type(dtype);
        using var stack = ClassifierStack.Create(Shape, [4], dtype);
        int[] labels = [0, 1, 2, 2, 1];
        return (stack.Model(0), features, ClassifierRows.Of([.. labels.Select((_, i) => $"e{i}")], labels, first: 2));
    }

    private static (Tensor[] Gradients, double Loss) Reference(Classifier model, Tensor features, TokenRow row)
    {
        Tensor[] leaves = [.. model.Weights.Concat(model.Biases).Select(t => t.clone().requires_grad_(true))];
        var at = features.narrow(0, row.Tokens[0], 1);
        var layers = leaves.Length / 2;
        for (var l = 0; l < layers; l++)
        {
            at = nn.functional.linear(at, leaves[l], leaves[layers + l]);
            if (l + 1 < layers)
            {
                at = at.relu();
            }
        }
        var loss = nn.functional.cross_entropy(at, tensor([(long)row.Tokens[1]], [1], dtype: ScalarType.Int64));
        var g = autograd.grad([loss], leaves);
        return ([.. Enumerable.Range(0, layers).Select(l => cat([g[l], g[layers + l].unsqueeze(1)], 1))], loss.to_type(ScalarType.Float64).item<double>());
    }
}
