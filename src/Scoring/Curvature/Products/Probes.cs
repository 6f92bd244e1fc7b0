namespace Tda.Scoring.Curvature.Products;

/// <summary>What random vectors tell of a matrix that is known by its products.</summary>
public static class Probes
{
    /// <summary>
    /// The mean eigenvalue trace(G)/D: exact when D is at most <paramref name="probes"/>, otherwise Hutchinson's estimate, the mean of
    /// zᵀGz/D over random signs z. Doesn't depend on batches or their order.
    /// </summary>
    /// <returns>At least 0.</returns>
    public static double MeanEigenvalue(ICurvatureOperator g, int probes, long seed, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var exact = g.Dimension <= probes;
        var z = exact ? eye(g.Dimension, dtype: ScalarType.Float64, device: g.Device) : Signs(probes, g.Dimension, seed, g.Device);
        var total = z.mul(g.Multiply(z, null, cancellation)).sum().item<double>();
        return Math.Max(0, total / (exact ? g.Dimension : (double)probes * g.Dimension));
    }

    /// <summary>The largest eigenvalue of a matrix similar to a positive semi-definite one, by power iteration.</summary>
    /// <param name="multiply">(1, D) to (1, D).</param>
    /// <param name="dimension">D.</param>
    /// <param name="iterations">At least 1.</param>
    /// <param name="seed">Seed of the first vector.</param>
    /// <param name="device">Where it is computed.</param>
    public static double LargestEigenvalue(Func<Tensor, Tensor> multiply, long dimension, int iterations, long seed, Device device)
    {
        using var scope = NewDisposeScope();
        var x = Signs(1, dimension, seed, device).div(Math.Sqrt(dimension));
        var norm = 0.0;
        for (var i = 0; i < iterations; i++)
        {
            using var step = NewDisposeScope();
            var y = multiply(x);
            norm = FlatVectors.Norms(y)[0];
            if (!double.IsFinite(norm) || norm == 0)
            {
                return norm;
            }

            x = y.div(norm).MoveToOuterDisposeScope();
        }
        return norm;
    }

    /// <summary>Random signs (count, dimension), float64.</summary>
    internal static Tensor Signs(int count, long dimension, long seed, Device device)
    {
        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, 1));
        var values = new double[count * dimension];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (random.Next() >> 63) == 0 ? 1 : -1;
        }

        return tensor(values, [count, dimension], dtype: ScalarType.Float64, device: device);
    }
}
