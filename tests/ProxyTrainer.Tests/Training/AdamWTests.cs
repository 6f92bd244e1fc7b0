using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Training;

public sealed class AdamWTests : IDisposable
{
    private readonly IDisposable _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Step_AgainstScalarLoop_GivesSameWeights()
    {
        using var model = TinyModels.Create(ModelFamily.Gpt2);
        using var optimizer = new AdamW(FlatWeights.Of(model), 0.9, 0.95, 1e-8, 0.1);
        var theta = TinyModels.Values(model.Flat);
        var m = new double[theta.Length];
        var v = new double[theta.Length];
        var random = new Random(1);
        for (var step = 1; step <= 5; step++)
        {
            double[] g = [.. theta.Select(_ => random.NextDouble() - 0.5)];
            var rate = 0.01 * step;
            optimizer.Step(tensor(g), rate);
            for (var i = 0; i < theta.Length; i++)
            {
                m[i] = (0.9 * m[i]) + (0.1 * g[i]);
                v[i] = (0.95 * v[i]) + (0.05 * g[i] * g[i]);
                var decay = i < model.MatrixCount ? 0.1 : 0; // vectors are not decayed
                theta[i] -= rate * decay * theta[i];
                theta[i] -= rate * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.95, step))) + 1e-8);
            }
        }

        TinyModels.AssertClose(theta, TinyModels.Values(model.Flat), 1e-13);
        Assert.All(model.Parameters, p => Assert.Equal(p.Tensor.dim() > 1, p.Offset < model.MatrixCount));
    }

    [Fact]
    public void Clip_LongGradient_KeepsDirectionAndLimit()
    {
        var gradient = tensor([3.0, 4.0]);
        Assert.Equal(5, FlatGradient.Clip(gradient, 1), 12);
        TinyModels.AssertClose([0.6, 0.8], TinyModels.Values(gradient), 1e-12);
        Assert.Equal(1, FlatGradient.Clip(gradient, 2), 12);
        TinyModels.AssertClose([0.6, 0.8], TinyModels.Values(gradient), 1e-12);
        Assert.Equal(1, FlatGradient.Clip(gradient, 0), 12);
    }
}
