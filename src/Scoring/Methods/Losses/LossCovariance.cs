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
    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "loss-covariance",
        Family = MethodFamily.Losses,
        Summary = "covariance of losses over models trained alike",
        Needs = MethodNeeds.Ensemble,
        Create = (context, _, _, _) => new LossCovarianceInfluence(
            "loss-covariance", new EnsembleModels(context.Ensemble, context.Documents.RowCount), context.Documents.RowCount),
    };

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

/// <summary><see cref="LossCovariance"/> of some models' losses; forward passes only. Owns the models' handle.</summary>
/// <param name="name">Name in <see cref="AttributionMethods"/>.</param>
/// <param name="models">The K models.</param>
/// <param name="n">Training rows.</param>
public sealed class LossCovarianceInfluence(string name, ILossModels models, long n) : IInfluence
{
    private const string NotFinite = "its loss is not finite under one of the models";

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long N => n;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => models.Damping;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        // 1. Losses of everything under every model.
        var wanted = targets.SelectMany(t => t.Members).ToHashSet();
        var asked = new RowFilter(queries, wanted.Contains);
        var documentLosses = new double[models.Count, documents.DocumentCount];
        var queryLosses = new double[models.Count, queries.DocumentCount];
        using (var task = progress.Start("Losses", (double)models.Count * documents.RowCount, "rows"))
        {
            var k = 0;
            models.ForEach(capture =>
            {
                var before = (double)k * documents.RowCount;
                Put(documentLosses, k, DocumentLosses.Of(capture, documents, rows => task.Report(before + rows), cancellation));
                Put(queryLosses, k, DocumentLosses.Of(capture, asked, null, cancellation));
                k++;
            });
        }

        // 2. A target's loss is the mean over its queries that every model gives a loss.
        var lost = wanted.Where(q => !Finite(queryLosses, q)).Order().ToArray();
        foreach (var q in lost)
        {
            excluded(new ExcludedDocument(queries.IdOf(q), "query", NotFinite));
        }

        var targetLosses = new double[models.Count, targets.Count];
        for (var t = 0; t < targets.Count; t++)
        {
            var members = targets[t].Members.Except(lost).ToArray();
            for (var k = 0; k < models.Count && members.Length > 0; k++)
            {
                targetLosses[k, t] = members.Average(q => queryLosses[k, q]);
            }
        }

        // 3. Covariances; the variances are the self-influences.
        var scores = LossCovariance.Scores(documentLosses, targetLosses, models.Factor);
        for (var d = 0; d < scores.Documents; d++)
        {
            if (!Finite(documentLosses, d))
            {
                scores.Exclude(d, documents, excluded, NotFinite);
            }
        }
        if (normalisation != Normalisation.None)
        {
            Normaliser.Apply(scores, normalisation, Variances(documentLosses), Variances(targetLosses));
        }

        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => models.Dispose();

    private double[] Variances(double[,] losses) => [.. Enumerable.Range(0, losses.GetLength(1)).Select(i =>
    {
        var values = Enumerable.Range(0, losses.GetLength(0)).Select(k => losses[k, i]).ToArray();
        var mean = values.Average();
        return models.Factor * values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    })];

    private static void Put(double[,] losses, int k, double[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            losses[k, i] = values[i];
        }
    }

    private static bool Finite(double[,] losses, int i) => Enumerable.Range(0, losses.GetLength(0)).All(k => double.IsFinite(losses[k, i]));
}

/// <summary>The K models that losses are compared over.</summary>
public interface ILossModels : IDisposable
{
    /// <summary>K.</summary>
    int Count { get; }

    /// <summary>λ of each module where the models were drawn with a curvature; else empty (default).</summary>
    IReadOnlyList<double> Damping => [];

    /// <summary>What a covariance of losses is multiplied by to be a score.</summary>
    double Factor { get; }

    /// <summary>Visits each model once; it may only be used until the visitor returns.</summary>
    void ForEach(Action<GradientCapture> visit);

    /// <summary>Models that others own need nothing.</summary>
    void IDisposable.Dispose()
    {
    }
}

/// <summary>Models trained alike but for seed or data. Doesn't own them.</summary>
/// <param name="captures">At least two.</param>
/// <param name="n">Training rows: what the covariance is multiplied by, as if the models were draws of a posterior.</param>
public sealed class EnsembleModels(IReadOnlyList<GradientCapture> captures, long n) : ILossModels
{
    /// <inheritdoc/>
    public int Count => captures.Count;

    /// <inheritdoc/>
    public double Factor => n;

    /// <inheritdoc/>
    public void ForEach(Action<GradientCapture> visit)
    {
        foreach (var capture in captures)
        {
            visit(capture);
        }
    }
}
