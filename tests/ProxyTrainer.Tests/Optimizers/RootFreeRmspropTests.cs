using Tda.ProxyTrainer.Optimizers;

namespace Tda.ProxyTrainer.Tests.Optimizers;

public sealed class RootFreeRmspropTests
{
    [Fact]
    public void Step_AgainstScalarLoop_GivesSameWeights()
    {
        const double Batch = 40, Momentum = 0.9, Beta2 = 0.8, Damping = 1e-3, Decay = 0.1;
        using var made = new OptimizerCase();
        using var optimizer = new RootFreeRmsprop(made.Weights, Batch, Momentum, Beta2, Damping, Decay);
        double[] s = [.. Enumerable.Repeat(1 / Batch, 26)], m = new double[26];
        for (var step = 1; step <= 6; step++)
        {
            var (rate, g) = (0.01 * step, made.Gradient());
            optimizer.Step(OptimizerCase.Flat(g), rate);
            for (var i = 0; i < 26; i++)
            {
                s[i] = (Beta2 * s[i]) + ((1 - Beta2) * g[i] * g[i]);
                m[i] = (Momentum * m[i]) + (g[i] / ((Batch * s[i]) + Damping));
                made.Numbers[i] -= rate * (i < made.Weights.MatrixCount ? Decay : 0) * made.Numbers[i];
                made.Numbers[i] -= rate * m[i];
            }

            made.AssertSame();
        }
    }

    [Fact]
    public void Step_SteadyGradient_IsANaturalGradientStepWithoutRoot()
    {
        // With s at g², a step is η/(B·g): twice the gradient, half the step, where Adam's stays the same.
        static double Moved(double gradient)
        {
            using var made = new OptimizerCase();
            using var optimizer = new RootFreeRmsprop(made.Weights, 10, momentum: 0, beta2: 0.1, damping: 1e-12, weightDecay: 0);
            var before = 0.0;
            for (var step = 0; step < 40; step++)
            {
                before = made.Weights.Flat[0].item<double>();
                optimizer.Step(OptimizerCase.Flat([.. Enumerable.Repeat(gradient, 26)]), 1e-3);
            }

            return before - made.Weights.Flat[0].item<double>();
        }

        Assert.Equal(1e-3 / (10 * 0.5), Moved(0.5), 9);
        Assert.Equal(Moved(0.5) / 2, Moved(1), 9);
    }
}
