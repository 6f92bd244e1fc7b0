using Tda.ProxyTrainer.Models;
using Tda.Scoring.Gradients;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Gradients;

/// <summary>The trust anchor of every score: captured gradients against autograd on the weights, one example at a time.</summary>
public class LanguageModelCaptureTests
{
    [Theory]
    [InlineData(ModelFamily.Llama, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.Llama, ScalarType.Float32, 1e-4)]
    [InlineData(ModelFamily.Gpt2, ScalarType.Float64, 1e-9)]
    [InlineData(ModelFamily.Gpt2, ScalarType.Float32, 1e-4)]
    public void ForEach_PaddedBatch_EqualsOneExampleAtATime(ModelFamily family, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family, dtype);
        var capture = new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = 30 });
        LanguageModelReference.AssertCaptures(model, capture, tolerance);
        Assert.Equal(family == ModelFamily.Gpt2, capture.Model.Modules.All(m => m.Bias));
    }

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void Capture_CompletionOnly_EqualsAutogradOfCompletionLoss(ModelFamily family)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family);
        var row = new TokenRow(0, [0, 3, 4, 2, 5, 1, 7], 1, 3, 9);
        var batch = new GradientCapture(new LanguageModelCapture(model)).Capture([row, row with { Tokens = [0, 1, 2, 3, 4, 5, 6, 7, 8], FirstLossPosition = 0 }], LabelSource.True);
        var expected = LanguageModelReference.WeightGradients(model, row);
        for (var m = 0; m < expected.Length; m++)
        {
            Numbers.Close(expected[m], batch.OutputGradients[m].select(0, 0).transpose(0, 1).matmul(batch.Activations[m].select(0, 0)), 1e-9, model.TrackedLinears[m].Name);
        }
    }
}
