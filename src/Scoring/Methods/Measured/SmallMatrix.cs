namespace Tda.Scoring.Methods.Measured;

/// <summary>Arithmetic of vectors, and of matrices of a few rows.</summary>
internal static class SmallMatrix
{
    /// <summary>Σ aᵢbᵢ.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /// <summary>Inverse and ln of the determinant of a positive definite matrix, by Gauss and Jordan without pivots, which such a one doesn't need.</summary>
    public static (double[,] Inverse, double LogDeterminant) Inverse(double[,] matrix)
    {
        var size = matrix.GetLength(0);
        var (left, inverse, logDeterminant) = ((double[,])matrix.Clone(), new double[size, size], 0.0);
        for (var i = 0; i < size; i++)
        {
            inverse[i, i] = 1;
        }

        for (var p = 0; p < size; p++)
        {
            var pivot = left[p, p];
            logDeterminant += Math.Log(pivot);
            for (var j = 0; j < size; j++)
            {
                (left[p, j], inverse[p, j]) = (left[p, j] / pivot, inverse[p, j] / pivot);
            }

            for (var i = 0; i < size; i++)
            {
                var factor = i == p ? 0 : left[i, p];
                for (var j = 0; j < size; j++)
                {
                    (left[i, j], inverse[i, j]) = (left[i, j] - factor * left[p, j], inverse[i, j] - factor * inverse[p, j]);
                }
            }
        }
        return (inverse, logDeterminant);
    }

    /// <summary>xᵀAx.</summary>
    public static double Quadratic(double[,] matrix, double[] x)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            for (var j = 0; j < x.Length; j++)
            {
                sum += matrix[i, j] * x[i] * x[j];
            }
        }
        return sum;
    }

    /// <summary>ln Γ(x) for x of at least ½, by Stirling's series after raising x to 10 or more: within 1e-12.</summary>
    public static double LogGamma(double x)
    {
        var raised = 0.0;
        for (; x < 10; x++)
        {
            raised += Math.Log(x);
        }

        var s = 1 / (x * x);
        return (x - .5) * Math.Log(x) - x + .5 * Math.Log(2 * Math.PI) + (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s / 1680))) / x - raised;
    }
}
