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
        Create = setup =>
        {
            var n = setup.Context.Documents.RowCount;
            return new LossCovarianceInfluence("loss-covariance", new EnsembleModels(setup.Context.Ensemble, n), n);
        },
    };

    /// <summary>Scores [queries, documents] of two loss matrices.</summary>
    /// <param name="documentLosses">[K][documents], nats summed over a document; K at least 2.</param>
    /// <param name="queryLosses">[K][queries], nats summed over a query (or a mean over several).</param>
    /// <param name="n">N, or N over the squared scale of the perturbations; 1 gives plain covariances.</param>
    /// <returns>A document or query with a loss that isn't finite has NaN: it must be named by the caller.</returns>
    public static ScoreMatrix Scores(List<double[]> documentLosses, List<double[]> queryLosses, double n = 1)
    {
        var models = documentLosses.Count;
        var (documents, queries) = (Centred(documentLosses), Centred(queryLosses));
        var scores = new ScoreMatrix(queries.Length, documents.Length);
        for (var q = 0; q < scores.Targets; q++)
        {
            for (var d = 0; d < scores.Documents; d++)
            {
                var sum = 0.0;
                for (var k = 0; k < models; k++)
                {
                    sum += documents[d][k] * queries[q][k];
                }

                scores[q, d] = (float)(n * sum / (models - 1));
            }
        }
        return scores;
    }

    // Transposed too, so that the inner loop runs along memory.
    private static double[][] Centred(List<double[]> losses) => [.. Enumerable.Range(0, losses[0].Length).Select(i =>
    {
        var mean = losses.Sum(ofModel => ofModel[i] / losses.Count);
        return losses.Select(ofModel => ofModel[i] - mean).ToArray();
    })];
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
        var ofDocuments = new List<double[]>();
        var ofQueries = new List<double[]>();
        using (var task = progress.Start("Losses", (double)models.Count * documents.RowCount, "rows"))
        {
            models.ForEach(capture =>
            {
                var before = (double)ofDocuments.Count * documents.RowCount;
                ofDocuments.Add(DocumentLosses.Of(capture, documents, rows => task.Report(before + rows), cancellation));
                ofQueries.Add(DocumentLosses.Of(capture, asked, null, cancellation));
            });
        }

        // 2. A target's loss is the mean over its queries that every model gives a loss.
        var lost = wanted.Where(q => !Finite(ofQueries, q)).Order().ToArray();
        foreach (var q in lost)
        {
            excluded(new ExcludedDocument(queries.IdOf(q), "query", NotFinite));
        }

        var members = targets.Select(t => t.Members.Except(lost).ToArray()).ToArray();
        var ofTargets = ofQueries.ConvertAll(own => Array.ConvertAll(members, m => m.Select(q => own[q]).DefaultIfEmpty().Average()));

        // 3. Covariances; the variances are the self-influences.
        var scores = LossCovariance.Scores(ofDocuments, ofTargets, models.Factor);
        scores.Exclude(d => !Finite(ofDocuments, d), documents, excluded, NotFinite);
        Normaliser.Apply(scores, normalisation, Variances(ofDocuments), Variances(ofTargets));
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => models.Dispose();

    private double[] Variances(List<double[]> losses) => [.. Enumerable.Range(0, losses[0].Length).Select(i =>
    {
        var values = losses.Select(own => own[i]).ToArray();
        var mean = values.Average();
        return models.Factor * values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    })];

    private static bool Finite(List<double[]> losses, int i) => losses.TrueForAll(own => double.IsFinite(own[i]));
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
