using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Tda.Torch.Tests.Operators;

/// <summary>Properties that define each decomposition, on the GPU where there is one.</summary>
public sealed class LinearAlgebraTests
{
    private readonly Generator _random = new(3);

    [Fact]
    public void Products_AgreeWithEachOther()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random(2, 3, 4), Random(2, 4, 5));

        Same(a.bmm(b), a.matmul(b));
        Same(a.bmm(b), einsum("bij,bjk->bik", a, b));
        Same(a[0].mm(b[0]), a.matmul(b)[0]);
        Same(2 * a.bmm(b) + 1, ones_like(a.bmm(b)).baddbmm(a, b, alpha: 2));
        Same(a[0, 0].outer(b[0, 0]), a[0, 0].unsqueeze(1).mm(b[0, 0].unsqueeze(0)));
        Same(a[0, 0].dot(a[0, 1]), (a[0, 0] * a[0, 1]).sum());
        Same(3 * a[0].mm(b[0]), zeros_like(a[0].mm(b[0])).addmm(a[0], b[0], 1, 3));
    }

    [Fact]
    public void Products_OfKnownMatrices_HaveTheirValues()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new[,] { { 1.0, 2 }, { 3, 4 } });

        Assert.Equal([7.0, 10, 15, 22], a.mm(a).data<double>().ToArray());
        Assert.Equal(5, a.trace().item<double>());
        Assert.Equal(-2, linalg.det(a).item<double>(), 12);
        Assert.Equal([1.0, 0, 3, 4], a.tril().data<double>().ToArray());
        Assert.Equal([1.0, 4], a.diag().data<double>().ToArray());
    }

    [Fact]
    public void Eigh_ReconstructsASymmetricMatrix()
    {
        using var scope = NewDisposeScope();
        var a = Positive(6);

        var (values, vectors) = linalg.eigh(a);

        Same(a, vectors.matmul(values.diag()).matmul(vectors.mT));
        Assert.True((bool)(values.diff() >= 0).all());
    }

    [Fact]
    public void CholeskySolveInverse_Agree()
    {
        using var scope = NewDisposeScope();
        var a = Positive(5);
        var b = Random(5, 2);

        var l = linalg.cholesky(a);

        Same(a, l.matmul(l.mT));
        Same(linalg.solve(a, b), b.cholesky_solve(l));
        Same(linalg.solve(a, b), linalg.inv(a).matmul(b));
        Same(linalg.solve(a, b), linalg.solve_triangular(l.mT, linalg.solve_triangular(l, b, upper: false), upper: true));
    }

    [Fact]
    public void QrAndSvd_ReconstructTheMatrix()
    {
        using var scope = NewDisposeScope();
        var a = Random(5, 3);

        var (q, r) = linalg.qr(a);
        var (u, s, vh) = linalg.svd(a, fullMatrices: false);

        Same(a, q.matmul(r));
        Same(a, u.matmul(s.diag()).matmul(vh));
        Same(linalg.norm(a), s.norm());
    }

    [Fact]
    public void Cholesky_OfAnIndefiniteMatrix_SaysSo()
    {
        using var scope = NewDisposeScope();

        var error = Assert.Throws<ExternalException>(() => linalg.cholesky(-eye(2)));

        Assert.Contains("not positive-definite", error.Message);
    }

    private Tensor Random(params long[] shape) => randn(shape, ScalarType.Float64, generator: _random).to(TestDevices.Best);

    private Tensor Positive(int n) => Random(n, n) is var x ? x.matmul(x.mT) + eye(n, dtype: ScalarType.Float64, device: x.device) : x;

    private static void Same(Tensor expected, Tensor actual) =>
        Assert.True(expected.allclose(actual, 1e-9, 1e-11), $"they differ by {(expected - actual).abs().max().item<double>()}");
}
