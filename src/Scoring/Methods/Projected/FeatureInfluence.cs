namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// Methods linear in a projected gradient: <c>score(m, q) = z_qᵀ (C + λI)⁻¹ z_m</c>. Documents are streamed; only the queries'
/// features and the curvature are held.
/// </summary>
internal sealed class FeatureInfluence : IInfluence
{
    private ProjectedSolver? _solver;

    /// <summary>Name in <see cref="AttributionMethods"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Training rows.</summary>
    public required long N { get; init; }

    /// <summary>Features of queries.</summary>
    public required IFeatureSource Queries { get; init; }

    /// <summary>Features of documents, in the same space.</summary>
    public required IFeatureSource Documents { get; init; }

    /// <summary>(C + λI)⁻¹ that knows nothing of the queries; null where <see cref="SolverOfQueries"/> makes it. Owned.</summary>
    public ProjectedSolver? Solver { get => _solver; init => _solver = value; }

    /// <summary>Makes (C + λI)⁻¹ from the queries' features (n, D).</summary>
    public Func<Tensor, ProjectedSolver>? SolverOfQueries { get; init; }

    public Normalisation DefaultNormalisation { get; init; } = Normalisation.None;

    /// <summary>Disposed of with the method.</summary>
    public required IDisposable Parts { get; init; }

    public IReadOnlyList<double> Damping => _solver?.Damping ?? [];

    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();

        // 1. Mean features of the targets, and (C + λI)⁻¹ of them; C may look at the queries too.
        var apart = new SortedSet<int>();
        var each = QueryFeatures.Each(Queries, queries, targets, apart, cancellation);
        var finite = QueryFeatures.Finite(queries, targets, apart, ExcludedDocument.NotFinite, excluded);
        var z = QueryFeatures.Means(each, finite, targets);
        if (SolverOfQueries is not null)
        {
            _solver?.Dispose();
            _solver = SolverOfQueries(each.index_select(0, QueryFeatures.Rows(finite)));
        }

        var solved = _solver!.Solve(z);
        var targetSelf = solved.mul(z).sum([1L]).data<double>().ToArray();
        var transposed = solved.transpose(0, 1).contiguous();

        // 2. One product a batch of documents.
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var self = normalisation == Normalisation.None ? null : new double[documents.DocumentCount];
        using var task = progress.Start("Scores", documents.RowCount, "rows");
        Documents.ForEach(documents, (ordinals, features) =>
        {
            var products = features.matmul(transposed).contiguous().data<double>().ToArray();
            var own = self is null ? null : _solver.Solve(features).mul(features).sum([1L]).data<double>().ToArray();
            for (var i = 0; i < ordinals.Count; i++)
            {
                for (var t = 0; t < targets.Count; t++)
                {
                    scores[t, ordinals[i]] = (float)products[i * targets.Count + t];
                }

                if (self is not null)
                {
                    self[ordinals[i]] = own![i];
                }
            }
        }, d => scores.Exclude(d, documents, excluded, ExcludedDocument.NotFinite), rows => task.Report(rows), cancellation);
        Normaliser.Apply(scores, normalisation, self, targetSelf);
        return scores;
    }

    public void Dispose()
    {
        _solver?.Dispose();
        Parts.Dispose();
    }
}
