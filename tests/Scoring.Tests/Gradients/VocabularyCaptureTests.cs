using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods.Losses;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Gradients;

/// <summary>LM head and token embedding as tracked layers, tied and not, against autograd on the weights, one example at a time.</summary>
public class VocabularyCaptureTests
{
    [Theory]
    [InlineData(ModelFamily.Llama, false, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.Llama, false, ScalarType.Float32, 1e-4)]
    [InlineData(ModelFamily.Llama, true, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.Gpt2, true, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.Gpt2, true, ScalarType.Float32, 1e-4)]
    [InlineData(ModelFamily.GptNeox, false, ScalarType.Float64, 1e-9)]
    public void ForEach_PaddedBatch_EqualsOneExampleAtATime(ModelFamily family, bool tied, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, dtype, tied: tied);
        var captured = new LanguageModelCapture(model, LayerScope.Tied);
        LayerRole[] roles = [.. captured.Modules.Skip(model.TrackedLinears.Count).Select(m => m.Role)];
        Assert.Equal(tied ? [LayerRole.Tied] : [LayerRole.Head, LayerRole.Embedding], roles);
        var seen = 0;
        new GradientCapture(captured, new CaptureOptions { BatchTokens = 30 }).ForEach(WithPrompts(), LabelSource.True, batch =>
        {
            var gradients = batch.Layers.Select(layer => layer.Gradients()).ToArray();
            for (var b = 0; b < batch.Rows.Count; b++, seen++)
            {
                var expected = LanguageModelReference.WeightGradients(model, batch.Rows[b], scope: LayerScope.Tied);
                for (var m = 0; m < expected.Length; m++)
                {
                    Numbers.Close(expected[m], gradients[m].select(0, b), tolerance, $"{captured.Modules[m]}, document {batch.Rows[b].Document}");
                }
            }
        });
        Assert.Equal(7, seen);
    }

    /// <summary>A tied matrix is one parameter: the gradients of its two uses, as layers of their own, add up to its own.</summary>
    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void Layers_UsesOfATiedMatrix_AddUpToItsGradient(ModelFamily family)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family);
        var rows = Rows.Random(4, vocabulary: 11);
        TokenRow[] all = [.. Enumerable.Range(0, 4).Select(rows.Load)];
        var apart = new LanguageModelCapture(model, LayerScope.All);
        Assert.Equal(["lm_head", new LanguageModelCapture(model, LayerScope.Tied).Modules[^1].Name], apart.Modules.TakeLast(2).Select(m => m.Name));
        var uses = new GradientCapture(apart).Capture(all, LabelSource.True).Layers;
        var expected = stack([.. all.Select(row => LanguageModelReference.WeightGradients(model, row, scope: LayerScope.Tied)[^1])], 0);
        Numbers.Close(expected, uses[^2].Gradients().add(uses[^1].Gradients()), 1e-9, "autograd on the one weight");
        var head = new GradientCapture(new LanguageModelCapture(model, LayerScope.Head)).Capture(all, LabelSource.True).Layers[^1];
        Assert.Equal(Numbers.Of(uses[^2].Gradients()), Numbers.Of(head.Gradients()));
        Assert.Equal(new LanguageModelCapture(model, LayerScope.Tied).Coverage, apart.Coverage);
        using var still = ModuleGradients.Zeros(apart.Modules, 1, ScalarType.Float64, CPU);
        Assert.Contains("--track tied", Assert.Throws<UsageException>(() => apart.Shift(still)).Message);
    }

    [Fact]
    public void Modules_OfEveryScope_AreHeadAndEmbeddingByTheirNames()
    {
        using var scope = NewDisposeScope();
        using var tied = LanguageModelReference.Create(ModelFamily.Llama);
        using var untied = LanguageModelReference.Create(ModelFamily.Llama, tied: false);
        Assert.Equal(new ModuleShape("model.embed_tokens", 8, 11, false, LayerRole.Tied), new LanguageModelCapture(tied, LayerScope.Tied).Modules[^1]);
        Assert.Equal(new LanguageModelCapture(untied, LayerScope.All).Modules, new LanguageModelCapture(untied, LayerScope.Tied).Modules);
        Assert.Equal(new ModuleShape("lm_head", 8, 11, false, LayerRole.Head), new LanguageModelCapture(untied, LayerScope.Head).Modules[^1]);
        Assert.Equal(new ModuleShape("model.embed_tokens", 8, 11, false, LayerRole.Embedding), new LanguageModelCapture(untied, LayerScope.Tied).Modules[^1]);
        Assert.Equal(untied.TrackedLinears.Count, new LanguageModelCapture(untied).Modules.Count);
        var coverage = new LanguageModelCapture(untied, LayerScope.Tied).Coverage;
        Assert.Equal((untied.MatrixCount, untied.Config.ParameterCount), (coverage.Tracked, coverage.All));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CapturedLayer_EverythingThatIsAskedOfIt_FollowsFromItsGradients(bool tied)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, tied: tied);
        var rows = Rows.Random(5, vocabulary: 11);
        var batch = new GradientCapture(new LanguageModelCapture(model, LayerScope.Tied)).Capture([.. Enumerable.Range(0, 5).Select(rows.Load)], LabelSource.True);
        foreach (var layer in batch.Layers)
        {
            var g = layer.Gradients();
            var v = Dense.Vectors(3, layer.Shape.Elements).view(3, layer.Shape.Outputs, layer.Shape.Columns);
            var name = $"{layer.Shape}";
            Numbers.Close(g.sum([0L]), layer.Sum(), 1e-12, name);
            Numbers.Close(g.narrow(0, 1, 2), layer.Narrow(1, 2).Gradients(), 1e-12, name);
            var half = layer.Shape.Outputs / 2;
            Numbers.Close(g, cat([layer.Gradients(0, half), layer.Gradients(half, layer.Shape.Outputs - half)], 1), 1e-12, name);
            Numbers.Close(g.select(0, 4), layer.Select(tensor(new long[] { 4 })).Sum(), 1e-12, name);
            var products = g.flatten(1).matmul(v.flatten(1).transpose(0, 1));
            foreach (var elements in new[] { 1L, 1L << 20 })
            {
                Numbers.Close(products, layer.Dot(v, elements), 1e-12, name);
                layer.ForChunks(elements, (first, part) => Numbers.Close(g.narrow(0, first, part.shape[0]), part, 1e-12, name));
            }

            Numbers.Close(products.select(1, 0), layer.Dot(v.narrow(0, 0, 1), 1).select(1, 0), 1e-12, name);
            Numbers.Close(products.select(1, 0), layer.ByPosition(v.select(0, 0)).sum([1L]), 1e-12, name);
            var (left, right) = (Dense.Vectors(layer.Shape.Outputs, 4), Dense.Vectors(layer.Shape.Columns, 2));
            Numbers.Close(
                left.transpose(0, 1).matmul(g).matmul(right), layer.Rows(left).transpose(1, 2).matmul(layer.Columns(right)), 1e-12, name);
        }
    }

    [Theory]
    [InlineData(ModelFamily.Llama, false, LabelSource.True, CaptureObjective.Loss)]
    [InlineData(ModelFamily.Gpt2, true, LabelSource.True, CaptureObjective.Margin)]
    [InlineData(ModelFamily.Llama, true, LabelSource.Sampled, CaptureObjective.Loss)]
    public void Capture_BlocksComputedAgain_EqualsTheWholeGraphsToTheBit(ModelFamily family, bool tied, LabelSource labels, CaptureObjective objective)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, ScalarType.Float32, tied: tied);
        var capture = new GradientCapture(new LanguageModelCapture(model, LayerScope.Tied), new CaptureOptions { Objective = objective, Seed = 5 });
        var rows = Rows.Random(5, vocabulary: 11);
        TokenRow[] all = [.. Enumerable.Range(0, 5).Select(rows.Load)];
        var whole = capture.Capture(all, labels);
        model.Recompute = true;
        var recomputed = capture.Capture(all, labels);
        foreach (var (expected, actual) in whole.Layers.Zip(recomputed.Layers))
        {
            Assert.Equal(Numbers.Of(expected.Gradients()), Numbers.Of(actual.Gradients()));
        }
    }

    [Fact]
    public void Capture_RowThatIsNotFinite_LeavesNothingInAnyLayer()
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(ModelFamily.Llama, tied: false);
        using (no_grad())
        {
            model.VocabularyMatrices().Embedding.Tensor.select(0, 10).fill_(double.PositiveInfinity);
        }

        var rows = MemoryRows.FromTokens(["good", "bad"], [[0, 1, 2, 3], [0, 10, 2]]);
        var batch = new GradientCapture(new LanguageModelCapture(model, LayerScope.Tied)).Capture([rows.Load(0), rows.Load(1)], LabelSource.True);
        Assert.Equal([true, false], batch.Finite);
        Assert.All(batch.Layers, layer => Assert.All(Numbers.Of(layer.Gradients().select(0, 1)), x => Assert.Equal(0, x)));
        Assert.All(batch.Layers, layer => Assert.True(Numbers.Of(layer.Gradients().select(0, 0)).All(double.IsFinite)));
    }

    [Theory]
    [InlineData(ModelFamily.Llama, false)]
    [InlineData(ModelFamily.Gpt2, true)]
    public void Shift_SmallStepAlongTheGradient_RaisesTheLossByItsSquaredNormAndIsUndoneExactly(ModelFamily family, bool tied)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, tied: tied);
        var capture = new LanguageModelCapture(model, LayerScope.Tied);
        var gradients = new GradientCapture(capture);
        var rows = Rows.Random(1, vocabulary: 11);
        using var g = QueryGradients.Compute(gradients, rows, [new("q", [0])]);
        var (norm, before, weights) = (g.Dot(g).item<double>(), DocumentLosses.Of(gradients, rows)[0], Numbers.Of(model.Flat));
        using var delta = g.Map((_, t) => t.mul(1e-6));
        using (capture.Shift(delta))
        {
            Assert.Equal(norm, (DocumentLosses.Of(gradients, rows)[0] - before) / 1e-6, norm * 1e-3);
        }

        Assert.Equal(weights, Numbers.Of(model.Flat));
    }

    // Some rows of which the beginning carries no loss, as a query's prompt.
    private static MemoryRows WithPrompts()
    {
        var rows = Rows.Random(7, vocabulary: 11);
        return new MemoryRows(
            [.. Enumerable.Range(0, 7).Select(rows.IdOf)],
            [.. Enumerable.Range(0, 7).Select(r => r % 3 == 1 ? rows.Load(r) with { FirstLossPosition = 2 } : rows.Load(r))]);
    }
}
