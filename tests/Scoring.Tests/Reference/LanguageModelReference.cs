using Tda.ProxyTrainer.Models;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Reference;

/// <summary>Tiny models of each family, and their gradients by autograd on the weights, one row at a time.</summary>
internal static class LanguageModelReference
{
    public static LanguageModel Create(ModelFamily family, ScalarType dtype = ScalarType.Float64, int vocabulary = 11, int seed = 4, int layers = 2, bool tied = true) => LanguageModel.Create(
        new ModelConfig
        {
            Family = family,
            VocabularySize = vocabulary,
            HiddenSize = 8,
            Layers = layers,
            Heads = 2,
            IntermediateSize = 12,
            MaxPositions = 16,
            InitializerRange = 0.3,
            TieEmbeddings = tied,
        },
        seed, CPU, dtype);

    /// <summary>Per tracked layer (out, columns): the bias's gradient is the last column.</summary>
    public static Tensor[] WeightGradients(
        LanguageModel model, TokenRow row, Func<int, double>? weightOfPosition = null, LayerScope scope = LayerScope.Blocks)
    {
        weightOfPosition ??= t => t >= row.FirstLossPosition ? 1 : 0;
        var ids = tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64);
        var labels = tensor(row.Tokens[1..].Select(t => (long)t).ToArray(), [row.Positions], dtype: ScalarType.Int64);
        var weights = tensor(Enumerable.Range(0, row.Positions).Select(weightOfPosition).ToArray(), [row.Positions], dtype: ScalarType.Float64).to_type(model.DType);
        var losses = nn.functional.cross_entropy(model.Forward(ids).squeeze(0), labels, reduction: nn.Reduction.None);
        var parameters = Parameters(model, scope).SelectMany(l => l.Bias is { } b ? new[] { l.Weight, b } : [l.Weight]).ToArray();
        var gradients = new Queue<Tensor>(autograd.grad([losses.mul(weights).sum()], parameters));
        return [.. Parameters(model, scope).Select(l =>
        {
            var weight = gradients.Dequeue();
            return l.Bias is null ? weight : cat([weight, gradients.Dequeue().unsqueeze(1)], 1);
        })];
    }

    /// <summary>The weights that a capture tracks, module by module; a tied matrix is one weight.</summary>
    public static IReadOnlyList<(Tensor Weight, Tensor? Bias)> Parameters(LanguageModel model, LayerScope scope)
    {
        var ends = scope == LayerScope.Blocks ? [] : new LanguageModelCapture(model, scope).Modules.Where(m => m.Role != LayerRole.Linear).Select(m => m.Name);
        return
        [
            .. model.TrackedLinears.Select(l => (l.Weight, l.Bias)),
            .. ends.Select(name => (model.Parameters.Single(p => p.Name == name + ".weight").Tensor, (Tensor?)null)),
        ];
    }

    /// <summary>Holds what a capture gives for seven rows, in padded batches, against each row's own gradients.</summary>
    public static void AssertCaptures(LanguageModel model, GradientCapture capture, double tolerance)
    {
        var seen = 0;
        capture.ForEach(Rows.Random(7, vocabulary: 11), LabelSource.True, batch =>
        {
            for (var b = 0; b < batch.Rows.Count; b++, seen++)
            {
                var expected = WeightGradients(model, batch.Rows[b]);
                for (var m = 0; m < expected.Length; m++)
                {
                    var g = batch.OutputGradients[m].select(0, b).transpose(0, 1).matmul(batch.Activations[m].select(0, b));
                    Numbers.Close(expected[m], g, tolerance, $"{model.TrackedLinears[m].Name}, document {batch.Rows[b].Document}");
                }
            }
        });
        Assert.Equal(7, seen);
    }

    /// <summary>Logits (T, V) of one row, differentiable with respect to the tracked weights, and how (bias as last column).</summary>
    public static (Tensor Logits, Func<Tensor, Tensor> Gradient) Open(LanguageModel model, TokenRow row, LayerScope scope = LayerScope.Blocks)
    {
        var logits = model.Forward(tensor(row.Tokens[..^1].Select(t => (long)t).ToArray(), [1, row.Positions], dtype: ScalarType.Int64)).squeeze(0);
        var parameters = Parameters(model, scope).SelectMany(l => l.Bias is { } b ? new[] { l.Weight, b } : [l.Weight]).ToArray();
        return (logits, y =>
        {
            var gradients = new Queue<Tensor>(autograd.grad([y], parameters, retain_graph: true));
            return cat([.. Parameters(model, scope).Select(l =>
            {
                var weight = gradients.Dequeue();
                return (l.Bias is null ? weight : cat([weight, gradients.Dequeue().unsqueeze(1)], 1)).reshape(-1);
            })], 0);
        }
        );
    }
}
