using Tda.Scoring.Gradients;
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
            if (rows.DocumentOf(r) != document)
            {
                continue;
            }

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

    /// <summary>
    /// The Gauss-Newton matrix <c>mean over rows of Σ_t J_tᵀ (diag p − ppᵀ) J_t</c> from the Jacobian, one row, position and class at a time.
    /// </summary>
    public static Tensor GaussNewton(IRowSource rows, Func<TokenRow, (Tensor Logits, Func<Tensor, Tensor> Gradient)> open)
    {
        Tensor? sum = null;
        for (var r = 0; r < rows.RowCount; r++)
        {
            var row = rows.Load(r);
            var (logits, gradient) = open(row);
            for (var t = row.FirstLossPosition; t < row.Positions; t++)
            {
                var at = logits.select(0, t);
                var j = stack([.. Enumerable.Range(0, (int)at.shape[0]).Select(c => gradient(at.select(0, c)))], 0);
                var p = at.detach().softmax(0);
                var product = j.transpose(0, 1).matmul(diag(p).sub(p.outer(p))).matmul(j);
                sum = sum is null ? product : sum.add(product);
            }
        }
        return sum!.div(rows.RowCount);
    }

    /// <summary>Random numbers (count, dimension).</summary>
    public static Tensor Vectors(int count, long dimension, int seed = 21)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, (int)(count * dimension)).Select(_ => random.NextDouble() - 0.5).ToArray(), [count, dimension], dtype: ScalarType.Float64);
    }

    public static Tensor Kronecker(Tensor x, Tensor y)
    {
        var product = x.reshape(x.shape[0], 1, x.shape[1], 1) * y.reshape(1, y.shape[0], 1, y.shape[1]);
        return product.reshape(x.shape[0] * y.shape[0], x.shape[1] * y.shape[1]);
    }
}
