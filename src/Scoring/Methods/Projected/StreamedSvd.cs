using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// Randomised SVD (Halko, Martinsson and Tropp 2011) of a tall matrix G that is only ever seen in pieces: the leading eigenvectors of
/// GᵀG from passes that each keep a (d, r + 8) sketch. Float64.
/// </summary>
internal static class StreamedSvd
{
    private const int Oversampling = 8;

    /// <summary>The <paramref name="rank"/> leading eigenvectors (d, r) of GᵀG, in columns, and their eigenvalues, descending.</summary>
    /// <param name="forEach">Visits pieces (n, d) of G; called powerIterations + 2 times.</param>
    /// <param name="dimension">d.</param>
    /// <param name="rank">r; at most d is used.</param>
    /// <param name="powerIterations">Each takes the spectrum to the next odd power, so that small directions fade.</param>
    /// <param name="key">Name of the probe.</param>
    /// <param name="seed">Seed of the probe.</param>
    public static (Tensor Vectors, Tensor Values) Leading(
        Action<Action<Tensor>> forEach, int dimension, int rank, int powerIterations, ulong key, long seed)
    {
        var width = Math.Min(dimension, rank + Oversampling);
        var q = SeededNormal.Draw([dimension, width], key, seed);
        for (var pass = 0; pass <= powerIterations; pass++)
        {
            q = linalg.qr(Gram(forEach, q)).Item1;
        }

        var small = q.transpose(0, 1).matmul(Gram(forEach, q));
        var (values, vectors) = linalg.eigh(small.add(small.transpose(0, 1)).div(2));
        var keep = Math.Min(rank, width);
        return (
            q.matmul(vectors.narrow(1, width - keep, keep).flip(1)),
            values.narrow(0, width - keep, keep).flip(0).clamp_min(0));
    }

    // GᵀG q, piece by piece.
    private static Tensor Gram(Action<Action<Tensor>> forEach, Tensor q)
    {
        var sum = zeros_like(q);
        forEach(g => sum.add_(g.transpose(0, 1).matmul(g.matmul(q))));
        return sum;
    }
}
