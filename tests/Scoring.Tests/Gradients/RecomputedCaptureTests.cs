using Tda.ProxyTrainer.Models;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Gradients;

/// <summary>Capture of a model whose blocks are computed again, against capture of the whole graph.</summary>
public class RecomputedCaptureTests
{
    [Theory]
    [InlineData(ModelFamily.Llama, LabelSource.True, CaptureObjective.Loss)]
    [InlineData(ModelFamily.Gpt2, LabelSource.True, CaptureObjective.Margin)]
    [InlineData(ModelFamily.Llama, LabelSource.Sampled, CaptureObjective.Loss)]
    [InlineData(ModelFamily.Gpt2, LabelSource.Sampled, CaptureObjective.Loss)]
    public void Capture_Recomputed_EqualsTheWholeGraphsToTheBit(ModelFamily family, LabelSource labels, CaptureObjective objective)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, ScalarType.Float32);
        var capture = new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { Objective = objective, Seed = 5 });
        var rows = Rows.Random(5, vocabulary: 11);
        TokenRow[] all = [.. Enumerable.Range(0, 5).Select(rows.Load)];
        var whole = capture.Capture(all, labels);
        model.Recompute = true;
        var recomputed = capture.Capture(all, labels);
        Assert.Equal(whole.Finite, recomputed.Finite);
        Equal(whole.TokenLosses, recomputed.TokenLosses);
        for (var m = 0; m < capture.Model.Modules.Count; m++)
        {
            Equal(whole.Activations[m], recomputed.Activations[m]);
            Equal(whole.OutputGradients[m], recomputed.OutputGradients[m]);
            Assert.Equal(
                m > 0 && ReferenceEquals(whole.Activations[m], whole.Activations[m - 1]),
                m > 0 && ReferenceEquals(recomputed.Activations[m], recomputed.Activations[m - 1]));
        }
    }

    private static void Equal(Tensor expected, Tensor actual) =>
        Assert.Equal(expected.contiguous().data<float>().ToArray(), actual.contiguous().data<float>().ToArray());
}
