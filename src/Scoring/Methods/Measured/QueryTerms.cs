namespace Tda.Scoring.Methods.Measured;

/// <summary>One query of <see cref="DatamodelPosterior"/>, all in units of the deviation of its measured losses.</summary>
/// <param name="Mean">Mean measured loss in nats.</param>
/// <param name="Size">Root mean square of its n contrasts, in nats: the unit of what follows.</param>
/// <param name="Measured">z, (n).</param>
/// <param name="Priors">Columns of P, [J][N]: −score, in units that make the predictions along the directions of size 1.</param>
/// <param name="Predicted">Columns of m, [J][n].</param>
internal sealed record QueryTerms(double Mean, double Size, double[] Measured, double[][] Priors, double[][] Predicted)
{
    public static QueryTerms Of(InclusionDesign design, double[] losses, double[][] scores)
    {
        var measured = design.Along(losses);
        var size = RootMeanSquare(measured);
        var priors = new double[scores.Length][];
        var predicted = new double[scores.Length][];
        for (var j = 0; j < scores.Length; j++)
        {
            var along = design.AlongOf(scores[j]);
            var unit = RootMeanSquare(along);
            // A prior that predicts no change at all stays zero: it has no unit, and nothing to add.
            var factor = unit > 0 ? -1 / unit : 0;
            priors[j] = [.. scores[j].Select(s => s * factor)];
            predicted[j] = [.. along.Select(a => a * factor)];
        }
        return new QueryTerms(losses.Average(), size, [.. measured.Select(z => z / size)], priors, predicted);
    }

    /// <summary>What the priors explain of a direction.</summary>
    public double Explained(int direction, double[] weights)
    {
        var sum = 0.0;
        for (var j = 0; j < weights.Length; j++)
        {
            sum += Predicted[j][direction] * weights[j];
        }
        return sum;
    }

    /// <summary>The formulas of <see cref="DatamodelPosterior"/> that need no document.</summary>
    public QueryPosterior Posterior(IReadOnlyList<double> values, Hyperparameters hyper)
    {
        var (n, priors) = (Measured.Length, Predicted.Length);
        var precision = new double[priors, priors]; // Ω⁻¹ + mᵀV₀⁻¹m
        var shift = new double[priors]; // mᵀV₀⁻¹(z − mū)
        double plain = 0, logDeterminant = 0; // (z − mū)ᵀV₀⁻¹(z − mū), ln|V₀|
        for (var k = 0; k < n; k++)
        {
            var variance = hyper.Rho * values[k] + 1;
            var left = Measured[k] - Explained(k, hyper.Mean);
            (plain, logDeterminant) = (plain + left * left / variance, logDeterminant + Math.Log(variance));
            for (var i = 0; i < priors; i++)
            {
                shift[i] += Predicted[i][k] * left / variance;
                for (var j = 0; j < priors; j++)
                {
                    precision[i, j] += Predicted[i][k] * Predicted[j][k] / variance;
                }
            }
        }

        for (var j = 0; j < priors; j++)
        {
            precision[j, j] += 1 / hyper.Variance[j];
            logDeterminant += Math.Log(hyper.Variance[j]);
        }

        var (covariance, logOfPrecision) = SmallMatrix.Inverse(precision);
        double[] weights = [.. hyper.Mean.Select((mean, i) => mean + Enumerable.Range(0, priors).Sum(j => covariance[i, j] * shift[j]))];
        var rss = Math.Max(plain - SmallMatrix.Quadratic(covariance, shift), double.Epsilon);

        // The density of z in nats, not of the scaled one: n ln(size) more.
        var logEvidence = SmallMatrix.LogGamma(n / 2.0) - n / 2.0 * Math.Log(Math.PI * rss) - (logDeterminant + logOfPrecision) / 2 - n * Math.Log(Size);
        return new QueryPosterior(weights, covariance, rss / n, logEvidence);
    }

    private static double RootMeanSquare(double[] values) => Math.Sqrt(values.Average(v => v * v));
}

/// <summary>What a fit's queries share.</summary>
/// <param name="Rho">ρ.</param>
/// <param name="Mean">ū, (J).</param>
/// <param name="Variance">Diagonal of Ω, (J).</param>
/// <param name="LogEvidence">ln of the product of the queries' evidences.</param>
internal sealed record Hyperparameters(double Rho, double[] Mean, double[] Variance, double LogEvidence);

/// <summary>A query's û, S, RSS/n and ln evidence.</summary>
internal sealed record QueryPosterior(double[] Weights, double[,] Covariance, double Noise, double LogEvidence);
