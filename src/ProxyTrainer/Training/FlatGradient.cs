using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Training;

/// <summary>Gradients in the order of the model's flat buffer.</summary>
public static class FlatGradient
{
    /// <summary>∂loss/∂θ, as long as <see cref="LanguageModel.Flat"/>.</summary>
    public static Tensor Of(Tensor loss, LanguageModel model)
    {
        var gradients = Autograd.Grad([loss], [.. model.Parameters.Select(parameter => parameter.Tensor)]);
        return cat([.. gradients.Select(gradient => gradient.reshape(-1))], 0);
    }

    /// <summary>Shortens a gradient longer than <paramref name="limit"/> to it, in place.</summary>
    /// <returns>Its length before; NaN or ∞ leave it as it is.</returns>
    public static double Clip(Tensor gradient, double limit)
    {
        var norm = gradient.norm().to(ScalarType.Float64).item<double>();
        if (limit > 0 && norm > limit && double.IsFinite(norm))
        {
            gradient.mul_(limit / norm);
        }

        return norm;
    }
}
