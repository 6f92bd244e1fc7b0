using Tda.ProxyTrainer.Optimizers;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Optimizers;

public sealed class SpectralShampooTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(2)]
    public void Step_AgainstDenseReference_GivesSameWeights(int block)
    {
        const double Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, Decay = 0.1, Rate = 0.1;
        using var made = new OptimizerCase();
        using var optimizer = new SpectralShampoo(made.Weights, Beta1, Beta2, Epsilon, Decay, block, Rate);
        double[] m = new double[26], v = new double[26];
        var factors = made.Blocks(block).ToDictionary(b => b, b => (new Reference(b.Rows, Rate), new Reference(b.Columns, Rate)));
        for (var step = 1; step <= 6; step++)
        {
            var (rate, g) = (0.01 * step, made.Gradient());
            optimizer.Step(OptimizerCase.Flat(g), rate);
            var u = Adam.Direction(m, v, g, Beta1, Beta2, Epsilon, step);
            foreach (var b in made.Blocks(block))
            {
                var gradient = made.Block(g, b.Part, b.Row, b.Rows, b.Column, b.Columns);
                var (left, right) = factors[b];
                left.Update(gradient.Times(gradient.T()));
                right.Update(gradient.T().Times(gradient));
                var adam = made.Block(u, b.Part, b.Row, b.Rows, b.Column, b.Columns);
                var direction = left.Power(-0.25).Times(made.Block(m, b.Part, b.Row, b.Rows, b.Column, b.Columns)).Times(right.Power(-0.25));
                made.Add(u, b.Part, b.Row, b.Column, direction.Times(adam.Norm() / direction.Norm()).Plus(adam.Times(-1)));
            }

            Adam.Apply(made, u, rate, Decay);
            made.AssertSame(1e-7); // a solve by LU on one side, an inverse on the other
        }
    }

    [Fact]
    public void Update_ManyCovariances_KeepsAnOrthogonalBasisThatDiagonalizesTheirMean()
    {
        const int Size = 24;
        using var scope = NewDisposeScope();
        var random = new Random(5);
        Tensor Normal(int rows, int columns) => tensor([.. Enumerable.Range(0, rows * columns).Select(_ => (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5))], [rows, columns]);
        var turn = linalg.qr(Normal(Size, Size)).Q;
        var scales = tensor([.. Enumerable.Range(0, Size).Select(i => (float)Math.Pow(10, -1.5 * i / Size))]);
        using var factor = new SpectralFactor(Size, 0.03, ScalarType.Float32, CPU);
        for (var step = 0; step < 300; step++)
        {
            factor.Update(turn.mul(scales).mm(Normal(Size, 12)));
        }

        var truth = turn.mul(scales.square()).mm(turn.t());
        Assert.True(factor.Basis.t().mm(factor.Basis).sub(eye(Size)).abs().max().item<float>() < 1e-4, "the basis is no longer orthogonal");
        var (untouched, kept) = (OffDiagonal(eye(Size)), OffDiagonal(factor.Basis));
        Assert.True(kept < 0.4 * untouched, $"off the diagonal {kept} after, {untouched} before");
        var measured = factor.Values.mul(12.0 / 12).sort().Values.div(factor.Values.sum());
        var expected = scales.square().sort().Values.div(scales.square().sum());
        Assert.True(measured.sub(expected).abs().max().item<float>() < 0.05, "the eigenvalues are others");

        double OffDiagonal(Tensor basis)
        {
            var turned = basis.t().mm(truth).mm(basis);
            var sizes = turned.diagonal().sqrt();
            var correlation = turned.div(sizes.unsqueeze(0).mul(sizes.unsqueeze(1)));
            return correlation.sub(eye(Size)).norm().item<float>();
        }
    }

    /// <summary>The update as the paper writes it, on plain numbers.</summary>
    private sealed class Reference(int size, double rate)
    {
        private Dense _basis = Dense.Identity(size);
        private double[]? _values;

        public void Update(Dense covariance)
        {
            var r = _basis.T().Times(covariance).Times(_basis);
            var d = _values ?? [.. Enumerable.Repeat(r.Trace() / size, size)];
            var k = Dense.Of(size, size, (i, j) => Math.Abs(d[j] - d[i]) <= 1e-4 * (d[i] + d[j]) ? 0 : Math.Clamp(rate * r[i, j] / (d[j] - d[i]), -0.25, 0.25));
            d = [.. d.Select((value, i) => value * Math.Exp(Math.Min(1, rate * ((r[i, i] / value) - 1))))];
            _values = [.. d.Select(value => Math.Max(value, d.Max() * 1e-10))];
            _basis = _basis.Times(Dense.Identity(size).Plus(k.Times(-0.5)).Inverse()).Times(Dense.Identity(size).Plus(k.Times(0.5)));
        }

        public Dense Power(double power) => _basis.Times(Dense.Diagonal([.. _values!.Select(value => Math.Pow(value, power))])).Times(_basis.T());
    }
}
