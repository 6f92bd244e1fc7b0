using Tda.ProxyTrainer.Optimizers;

namespace Tda.ProxyTrainer.Tests.Optimizers;

public sealed class DistributedShampooTests
{
    [Theory]
    [InlineData(8, 1)] // whole matrices, roots at every step
    [InlineData(2, 1)] // blocks, those at the edges smaller
    [InlineData(3, 3)] // Adam's steps first, then roots that stay for two more
    public void Step_AgainstDenseReference_GivesSameWeights(int block, int every)
    {
        const double Beta1 = 0.9, Beta2 = 0.8, Epsilon = 1e-8, Decay = 0.1, RootEpsilon = 1e-12;

        // A gradient of low rank leaves zeros that ε alone holds up: rounding of 1e-16 in them is 1e-4 of ε, and shows under the root.
        const double Tolerance = 1e-6;
        using var made = new OptimizerCase();
        using var optimizer = new DistributedShampoo(made.Weights, Beta1, Beta2, Epsilon, Decay, block, every);
        double[] m = new double[26], v = new double[26];
        var factors = made.Blocks(block).ToDictionary(b => b, b => (L: new Dense(b.Rows, b.Rows), R: new Dense(b.Columns, b.Columns)));
        var roots = new Dictionary<(int, int, int, int, int), (Dense Left, Dense Right)>();
        for (var step = 1; step <= 7; step++)
        {
            var (rate, g) = (0.01 * step, made.Gradient());
            optimizer.Step(OptimizerCase.Flat(g), rate);
            var u = Adam.Direction(m, v, g, Beta1, Beta2, Epsilon, step);
            foreach (var b in made.Blocks(block))
            {
                var gradient = made.Block(g, b.Part, b.Row, b.Rows, b.Column, b.Columns);
                var (l, r) = factors[b];
                l = l.Times(Beta2).Plus(gradient.Times(gradient.T()).Times(1 - Beta2));
                r = r.Times(Beta2).Plus(gradient.T().Times(gradient).Times(1 - Beta2));
                factors[b] = (l, r);
                if (step % every == 0)
                {
                    var correction = 1 / (1 - Math.Pow(Beta2, step));
                    roots[b] = (l.Times(correction).Power(-0.25, RootEpsilon), r.Times(correction).Power(-0.25, RootEpsilon));
                }

                if (roots.TryGetValue(b, out var root))
                {
                    var adam = made.Block(u, b.Part, b.Row, b.Rows, b.Column, b.Columns);
                    var shampoo = root.Left.Times(made.Block(m, b.Part, b.Row, b.Rows, b.Column, b.Columns)).Times(root.Right);
                    made.Add(u, b.Part, b.Row, b.Column, shampoo.Times(adam.Norm() / shampoo.Norm()).Plus(adam.Times(-1)));
                }
            }

            Adam.Apply(made, u, rate, Decay);
            made.AssertSame(Tolerance);
        }
    }
}

/// <summary>Adam's step on plain numbers.</summary>
internal static class Adam
{
    public static double[] Direction(double[] m, double[] v, double[] g, double beta1, double beta2, double epsilon, int step)
    {
        var u = new double[g.Length];
        for (var i = 0; i < g.Length; i++)
        {
            m[i] = (beta1 * m[i]) + ((1 - beta1) * g[i]);
            v[i] = (beta2 * v[i]) + ((1 - beta2) * g[i] * g[i]);
            u[i] = m[i] / (1 - Math.Pow(beta1, step)) / (Math.Sqrt(v[i] / (1 - Math.Pow(beta2, step))) + epsilon);
        }

        return u;
    }

    public static void Apply(OptimizerCase made, double[] u, double rate, double decay)
    {
        for (var i = 0; i < u.Length; i++)
        {
            made.Numbers[i] -= rate * (((i < made.Weights.MatrixCount ? decay : 0) * made.Numbers[i]) + u[i]);
        }
    }
}
