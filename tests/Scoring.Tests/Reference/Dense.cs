using Tda.Scoring.Capture;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Reference;

/// <summary>Slow references that materialise what the product never does.</summary>
internal static class Dense
{
    /// <summary>Gradient of a document (sum over its rows), per module, by autograd on the weights.</summary>
    public static Tensor[] DocumentGradient(TinyModel model, IRowSource rows, int document)
    {
        Tensor[]? sum = null;
        for (var r = 0; r < rows.RowCount; r++)
        {
            if (rows.DocumentOf(r) != document) continue;
            var g = model.WeightGradients(rows.Load(r));
            sum = sum is null ? g : [.. sum.Zip(g, (x, y) => x + y)];
        }
        return sum!;
    }

    /// <summary>
    /// EK-FAC's (G + λI) of one module as a matrix on row-major vec(V): (Q_S ⊗ Q_A) diag(Λ + λ) (Q_S ⊗ Q_A)ᵀ.
    /// </summary>
    public static Tensor Ekfac(Tensor qa, Tensor qs, Tensor lambda, double damping)
    {
        var q = Kronecker(qs, qa);
        return q.matmul(diag(lambda.reshape(-1) + damping)).matmul(q.transpose(0, 1));
    }

    public static Tensor Kronecker(Tensor x, Tensor y)
    {
        var product = x.reshape(x.shape[0], 1, x.shape[1], 1) * y.reshape(1, y.shape[0], 1, y.shape[1]);
        return product.reshape(x.shape[0] * y.shape[0], x.shape[1] * y.shape[1]);
    }
}
