using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods.Losses;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Losses;

public class LanguageModelShiftTests
{
    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Gpt2)]
    public void Shift_SmallStepAlongTheGradient_RaisesTheLossByItsSquaredNormAndIsUndoneExactly(ModelFamily family)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModelReference.Create(family);
        var capture = new LanguageModelCapture(model);
        var gradients = new GradientCapture(capture);
        var rows = Rows.Random(1, vocabulary: 11);
        using var g = QueryGradients.Compute(gradients, rows, [new("q", [0])]);
        var norm = g.Dot(g).item<double>();
        var before = DocumentLosses.Of(gradients, rows)[0];
        var weights = Numbers.Of(model.Flat);
        using var delta = g.Map((_, t) => t.mul(1e-6));
        using (capture.Shift(delta))
        {
            Assert.Equal(norm, (DocumentLosses.Of(gradients, rows)[0] - before) / 1e-6, norm * 1e-3);
        }

        Assert.Equal(weights, Numbers.Of(model.Flat));
        Assert.Equal(before, DocumentLosses.Of(gradients, rows)[0]);
    }
}
