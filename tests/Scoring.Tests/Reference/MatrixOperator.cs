using Tda.Scoring.Curvature.Products;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Reference;

/// <summary>A matrix written out; mini-batches differ by a relative error of their own.</summary>
internal sealed class MatrixOperator(Tensor matrix, int sequences = 100, double noise = 0) : ICurvatureOperator
{
    public long Dimension => matrix.shape[0];

    public int Sequences => sequences;

    public Device Device => CPU;

    /// <summary>Products taken.</summary>
    public int Products { get; private set; }

    public Tensor Multiply(Tensor vectors, IReadOnlyList<int>? batch = null, CancellationToken cancellation = default)
    {
        Products++;
        var product = vectors.matmul(matrix);
        return batch is null ? product : product.mul(1 + noise * Math.Sin(batch[0]));
    }

    /// <summary>A random symmetric positive semi-definite matrix of a rank, eigenvalues between .01 and 1.</summary>
    public static Tensor Random(long dimension, long rank, int seed = 31)
    {
        var q = linalg.qr(Dense.Vectors((int)dimension, dimension, seed)).Q.narrow(1, 0, rank);
        var values = linspace(-2, 0, rank, dtype: ScalarType.Float64).mul(Math.Log(10)).exp();
        return q.mul(values).matmul(q.transpose(0, 1));
    }
}
