using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Models;

/// <summary>The slow gradient: each weight moved a little to both sides.</summary>
internal static class FiniteDifferences
{
    private const double PenaltyFloor = 1e-4;
    private const double Shift = 1e-5;

    /// <summary>Holds the objective's gradient against it at one number of every tensor that is trained; of a float64 model.</summary>
    public static void AssertGradient(LanguageModel model, Batch batch)
    {
        var gradient = TinyModels.Values(FlatGradient.Of(TokenLoss.Mean(model, batch, PenaltyFloor), model));
        foreach (var parameter in model.Parameters)
        {
            var at = parameter.Offset + (parameter.Tensor.numel() / 2);
            var difference = (LossAt(model, batch, at, Shift) - LossAt(model, batch, at, -Shift)) / (2 * Shift);
            Assert.True(Math.Abs(difference - gradient[at]) < 1e-7 + (1e-6 * Math.Abs(difference)), $"{parameter.Name}: {difference} against {gradient[at]}");
        }
    }

    private static double LossAt(LanguageModel model, Batch batch, long at, double shift)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var one = model.Flat.narrow(0, at, 1);
        one.add_(shift);
        var loss = TokenLoss.Mean(model, batch, PenaltyFloor).item<double>();
        one.sub_(shift);
        return loss;
    }
}
