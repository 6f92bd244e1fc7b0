namespace Tda.Scoring.Methods.Losses;

/// <summary>
/// Loss covariance (Daunce: Pan et al. 2025, 2505.23223; also the Bayesian influence function): over K models drawn around one solution,
/// <c>score(m, q) = N · Cov_k(loss_k(m), loss_k(q))</c>. For θ_k ~ N(θ, (G + λI)⁻¹/N) the covariance is ∇loss(m)ᵀ(G + λI)⁻¹∇loss(q)/N, so
/// that this is the influence score with <em>plus</em>: models that know m better also know q better exactly when m is a proponent.
/// (The papers write −Cov: the change of the query's loss when m is weighted <em>up</em>.) Losses are all that is needed, so it works on
/// losses returned by a fine-tuning API.
/// </summary>
public static class LossCovariance
{
    /// <summary>Scores [queries, documents] of two loss matrices; with K &lt; 2 there is no covariance.</summary>
    /// <param name="documentLosses">[K, documents], nats summed over a document.</param>
    /// <param name="queryLosses">[K, queries], nats summed over a query (or a mean over several).</param>
    /// <param name="n">N, or N over the squared scale of the perturbations; 1 gives plain covariances.</param>
    /// <returns>A document or query with a loss that isn't finite has NaN: it must be named by the caller.</returns>
    /// <exception cref="ArgumentException">The matrices don't have the same K, or K is below 2.</exception>
    public static ScoreMatrix Scores(double[,] documentLosses, double[,] queryLosses, double n = 1)
    {
        var models = documentLosses.GetLength(0);
        if (models < 2 || queryLosses.GetLength(0) != models)
        {
            throw new ArgumentException(
                $"losses of {models} and {queryLosses.GetLength(0)} models: both must be the same number, at least 2");
        }

        var (documents, queries) = (Centred(documentLosses), Centred(queryLosses));
        var scores = new ScoreMatrix(queryLosses.GetLength(1), documentLosses.GetLength(1));
        for (var q = 0; q < scores.Targets; q++)
        {
            for (var d = 0; d < scores.Documents; d++)
            {
                var sum = 0.0;
                for (var k = 0; k < models; k++)
                {
                    sum += documents[d, k] * queries[q, k];
                }

                scores[q, d] = (float)(n * sum / (models - 1));
            }
        }
        return scores;
    }

    // Transposed too, so that the inner loop runs along memory.
    private static double[,] Centred(double[,] losses)
    {
        var centred = new double[losses.GetLength(1), losses.GetLength(0)];
        for (var i = 0; i < centred.GetLength(0); i++)
        {
            var mean = 0.0;
            for (var k = 0; k < centred.GetLength(1); k++)
            {
                mean += losses[k, i] / centred.GetLength(1);
            }

            for (var k = 0; k < centred.GetLength(1); k++)
            {
                centred[i, k] = losses[k, i] - mean;
            }
        }
        return centred;
    }
}
