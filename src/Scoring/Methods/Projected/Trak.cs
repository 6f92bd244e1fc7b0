namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// TRAK (Park et al. 2023, 2303.14186): <c>score(m, q) = [mean over models of φ_qᵀ(ΦᵀΦ/N + λI)⁻¹φ_m] · [mean over models of 1 − p_m]</c>,
/// φ the projected gradient of the margin <c>z_y − logsumexp(z_≠y)</c>. ΦᵀΦ is divided by N, so that score/N is what removing m takes from
/// the query's margin (log-odds, nats), positive = proponent. Of a document of many tokens the margins are summed, as losses are
/// elsewhere, and 1 − p is the mean over its tokens. Owns the models' parts. Without a projection: <see cref="KernelTrak"/>.
/// </summary>
internal sealed class Trak : IInfluence
{
    /// <summary>Why a query or a document is left out.</summary>
    internal const string NotFinite = "its margin's gradient is not finite";

    private readonly IReadOnlyList<TrakModel> _models;
    private readonly IDisposable _parts;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "trak",
        Family = MethodFamily.Projected,
        Summary = "projected gradients of the margin, averaged over models where there are several",
        HasUnit = false,
        Create = setup => setup.Options.Projected.TrakProjection == TrakProjection.Exact ? new KernelTrak(setup) : Create(setup),
    };

    private Trak(IReadOnlyList<TrakModel> models, IDisposable parts) => (_models, _parts) = (models, parts);

    /// <inheritdoc/>
    public string Name => "trak";

    /// <inheritdoc/>
    public long N => _models[0].Documents;

    /// <summary>λ of each model's ΦᵀΦ/N.</summary>
    public IReadOnlyList<double> Damping => [.. _models.Select(m => m.Damping)];

    /// <summary>Fits one model, or several trained alike.</summary>
    /// <exception cref="UsageException">The projection is too large.</exception>
    private static Trak Create(MethodSetup setup)
    {
        var (context, options, factor) = (setup.Context, setup.Options.Projected, setup.Options.DampingFactor);
        var captures = context.Ensemble.Count > 1 ? context.Ensemble : [context.Capture];
        using var parts = new Owned();
        var projection = parts.Add(new Rademacher(
            setup.Model.Modules, options.TrakDimension, context.Seed, setup.Model.DType, setup.Model.Device, options.TrakElements));
        var models = new List<TrakModel>();
        using var task = setup.Progress.Start("Features", (double)captures.Count * context.Documents.RowCount, "rows");
        foreach (var capture in captures)
        {
            var before = (double)models.Count * context.Documents.RowCount;
            models.Add(parts.Add(new TrakModel(
                capture, projection, context.Documents, factor, rows => task.Report(before + rows), setup.Cancellation)));
        }
        return new Trak(models, parts.Release());
    }

    /// <inheritdoc/>
    /// <exception cref="UsageException">Any normalisation but none: TRAK's weight 1 − p belongs to the document alone.</exception>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        Normaliser.Refuse(Name, normalisation);
        using var scope = NewDisposeScope();
        var products = new double[targets.Count, documents.DocumentCount];
        var missing = new double[documents.DocumentCount];
        var apart = new SortedSet<int>();
        using var task = progress.Start("Scores", (double)_models.Count * documents.RowCount, "rows");

        // Queries that one model can't differentiate are left out for all, as with checkpoints.
        var lost = new SortedSet<int>();
        var each = _models.Select(model => model.Queries(queries, targets, lost, cancellation)).ToArray();
        var finite = QueryFeatures.Finite(queries, targets, lost, NotFinite, excluded);
        for (var k = 0; k < _models.Count; k++)
        {
            var (model, before) = (_models[k], (double)k * documents.RowCount);
            var solved = model.Solve(QueryFeatures.Means(each[k], finite, targets)).transpose(0, 1).contiguous();
            model.ForEach(documents, (ordinals, phi, lacking) =>
            {
                var values = phi.matmul(solved).contiguous().data<double>().ToArray();
                for (var i = 0; i < ordinals.Count; i++)
                {
                    missing[ordinals[i]] += lacking[i] / _models.Count;
                    for (var t = 0; t < targets.Count; t++)
                    {
                        products[t, ordinals[i]] += values[i * targets.Count + t] / _models.Count;
                    }
                }
            }, d => apart.Add(d), rows => task.Report(before + rows), cancellation);
        }

        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        for (var d = 0; d < scores.Documents; d++)
        {
            for (var t = 0; t < targets.Count; t++)
            {
                scores[t, d] = (float)(products[t, d] * missing[d]);
            }
        }
        foreach (var d in apart)
        {
            scores.Exclude(d, documents, excluded, NotFinite);
        }
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => _parts.Dispose();
}

/// <summary>
/// One model's features for TRAK: φ, the projected gradient of a document's summed token margins, with the mean over its label tokens
/// of 1 − p beside it; and (ΦᵀΦ/N + λI)⁻¹ of the training documents.
/// </summary>
internal sealed class TrakModel : IDisposable
{
    private readonly Rademacher _projection;
    private readonly StreamedFeatures _features;
    private readonly Tensor _root;

    public TrakModel(
        GradientCapture capture, Rademacher projection, IRowSource documents, double dampingFactor, Action<double> progress,
        CancellationToken cancellation)
    {
        _projection = projection;
        _features = new StreamedFeatures(
            capture.With(o => o with { Objective = CaptureObjective.Margin }), projection.Dimension + 2, Features);
        using var scope = NewDisposeScope();
        var gram = zeros([projection.Dimension, projection.Dimension], dtype: ScalarType.Float64);
        _features.ForEach(documents, (ordinals, rows) =>
        {
            var phi = rows.narrow(1, 0, projection.Dimension);
            gram.add_(phi.transpose(0, 1).matmul(phi));
            Documents += ordinals.Count;
        }, _ => { }, progress, cancellation);
        var average = Documents == 0 ? 0 : gram.trace().item<double>() / Documents / projection.Dimension;
        if (!double.IsFinite(average) || average <= 0)
        {
            throw new TdaException($"TRAK: the mean square of a projected margin gradient is {average}: there is no curvature.");
        }

        Damping = dampingFactor * average;
        var damped = gram.div(Documents).add(eye(projection.Dimension, dtype: ScalarType.Float64).mul(Damping));
        _root = linalg.cholesky(damped).DetachFromDisposeScope();
    }

    /// <summary>N.</summary>
    public long Documents { get; private set; }

    /// <summary>λ.</summary>
    public double Damping { get; }

    /// <summary>Visits φ (n, p) and mean 1 − p (n) of documents.</summary>
    public void ForEach(
        IRowSource rows, Action<IReadOnlyList<int>, Tensor, double[]> visit, Action<int> apart, Action<double>? progress, CancellationToken cancellation) =>
        _features.ForEach(rows, (ordinals, sums) =>
        {
            visit(ordinals, sums.narrow(1, 0, _projection.Dimension), Missing(sums));
        }, apart, progress, cancellation);

    /// <summary>φ of every query that a target names, (queries, p); those that aren't finite are zero and told apart.</summary>
    public Tensor Queries(IRowSource queries, IReadOnlyList<Target> targets, SortedSet<int> apart, CancellationToken cancellation) =>
        QueryFeatures.Each(_features, queries, targets, apart, cancellation).narrow(1, 0, _projection.Dimension).contiguous();

    /// <summary>(ΦᵀΦ/N + λI)⁻¹ of (n, p) features.</summary>
    public Tensor Solve(Tensor phi)
    {
        var half = linalg.solve_triangular(_root, phi.transpose(0, 1), upper: false);
        return linalg.solve_triangular(_root.transpose(0, 1), half, upper: true).transpose(0, 1);
    }

    public void Dispose() => _root.Dispose();

    /// <summary>Two columns (B, 2): Σ_t (1 − p_t) = Σ_t σ(−margin_t), and the tokens.</summary>
    public static Tensor Uncertainty(CapturedBatch batch)
    {
        var missing = batch.TokenLosses.neg().sigmoid().mul(batch.LossMask).sum([1L]);
        return stack([missing, batch.LossMask.sum([1L])], 1);
    }

    /// <summary>Mean 1 − p of documents whose features end with the sums of <see cref="Uncertainty"/>.</summary>
    public static double[] Missing(Tensor features) =>
        features.select(1, -2).div(features.select(1, -1).clamp_min(1)).contiguous().data<double>().ToArray();

    private Tensor Features(CapturedBatch batch) => cat([_projection.Project(batch), Uncertainty(batch)], 1);
}
