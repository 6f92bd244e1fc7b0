using Tda.ProxyTrainer.Optimizers;

namespace Tda.ProxyTrainer.Tests.Optimizers;

public sealed class SirfShampooTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(2)]
    public void Step_AgainstDenseReference_GivesSameWeights(int block)
    {
        const double Batch = 30, Momentum = 0.9, Rate = 0.1, Alpha2 = 0.5, Damping = 1e-2, Decay = 0.1, Beta2 = 0.8;
        using var made = new OptimizerCase();
        using var optimizer = new SirfShampoo(
            made.Weights, new RootFreeRmsprop(made.Weights, Batch, Momentum, Beta2, Damping, Decay, made.Weights.MatrixCount),
            new SirfSettings(Batch, Momentum, Rate, Alpha2, Damping), block);
        var state = made.Blocks(block).ToDictionary(b => b, b => (
            K1: Dense.Identity(b.Rows), M1: new Dense(b.Rows, b.Rows), K2: Dense.Identity(b.Columns), M2: new Dense(b.Columns, b.Columns),
            V: new Dense(b.Rows, b.Columns)));
        double[] s = [.. Enumerable.Repeat(1 / Batch, 26)], m = new double[26];
        for (var step = 1; step <= 6; step++)
        {
            var (rate, g) = (0.01 * step, made.Gradient());
            optimizer.Step(OptimizerCase.Flat(g), rate);
            for (var i = 0; i < 23; i++)
            {
                made.Numbers[i] *= 1 - (rate * Decay);
            }

            foreach (var b in made.Blocks(block))
            {
                var (k1, m1, k2, m2, v) = state[b];
                var gradient = made.Block(g, b.Part, b.Row, b.Rows, b.Column, b.Columns);

                // As the paper writes it: with K/√d, and the gradient of a sum, √B times that of a mean.
                var (b1, b2) = (k1.Times(1 / Math.Sqrt(b.Rows)), k2.Times(1 / Math.Sqrt(b.Columns)));
                var t = b1.T().Times(gradient.Times(Math.Sqrt(Batch))).Times(b2);
                Dense Target(int size, Dense outer, Dense own, Dense other) => outer.Times(size / 2.0)
                    .Plus(own.T().Times(own).Times(Damping / 2 * size * other.T().Times(other).Trace()))
                    .Plus(Dense.Identity(size).Times(-0.5));
                m1 = m1.Times(Alpha2).Plus(Target(b.Rows, t.Times(t.T()), b1, b2).Times(1 - Alpha2));
                m2 = m2.Times(Alpha2).Plus(Target(b.Columns, t.T().Times(t), b2, b1).Times(1 - Alpha2));
                k1 = k1.Plus(k1.Times(m1).Times(-Rate / Math.Max(1, m1.Norm())));
                k2 = k2.Plus(k2.Times(m2).Times(-Rate / Math.Max(1, m2.Norm())));
                v = v.Times(Momentum).Plus(k1.Times(k1.T()).Times(gradient).Times(k2).Times(k2.T()));
                made.Add(made.Numbers, b.Part, b.Row, b.Column, v.Times(-rate));
                state[b] = (k1, m1, k2, m2, v);
            }

            for (var i = 23; i < 26; i++)
            {
                s[i] = (Beta2 * s[i]) + ((1 - Beta2) * g[i] * g[i]);
                m[i] = (Momentum * m[i]) + (g[i] / ((Batch * s[i]) + Damping));
                made.Numbers[i] -= rate * m[i];
            }

            made.AssertSame();
        }
    }
}
