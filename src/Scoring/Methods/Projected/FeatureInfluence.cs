namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// Methods linear in a projected gradient: <c>score(m, q) = z_qᵀ (C + λI)⁻¹ z_m</c>. Documents are streamed; only the queries'
/// features and the curvature are held. Owns the parts it is given.
/// </summary>
public sealed class FeatureInfluence : IInfluence
{
    private readonly FeatureParts _parts;
    private ProjectedSolver? _solver;

    /// <summary>Puts a method together.</summary>
    public FeatureInfluence(FeatureParts parts)
    {
        _parts = parts;
        _solver = parts.SolverOfQueries is null ? parts.Solver : null;
    }

    /// <inheritdoc/>
    public string Name => _parts.Name;

    /// <inheritdoc/>
    public long N => _parts.N;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _solver?.Damping ?? [];

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => _parts.DefaultNormalisation;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();

        // 1. Mean features of the targets, and (C + λI)⁻¹ of them; C may look at the queries too.
        var (each, finite) = QueryFeatures.Each(_parts.Queries, queries, targets, excluded, cancellation);
        var z = QueryFeatures.Means(each, finite, targets);
        if (_parts.SolverOfQueries is not null)
        {
            _solver?.Dispose();
            _solver = _parts.SolverOfQueries(Finite(each, finite));
        }
        var solved = _solver!.Solve(z);
        var targetSelf = solved.mul(z).sum([1L]).data<double>().ToArray();
        var transposed = solved.transpose(0, 1).contiguous();

        // 2. One product a batch of documents.
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var self = normalisation == Normalisation.None ? null : new double[documents.DocumentCount];
        using var task = progress.Start("Scores", documents.RowCount, "rows");
        _parts.Documents.ForEach(documents, (ordinals, features) =>
        {
            var products = features.matmul(transposed).contiguous().data<double>().ToArray();
            for (var i = 0; i < ordinals.Count; i++)
            {
                for (var t = 0; t < targets.Count; t++)
                {
                    scores[t, ordinals[i]] = (float)products[i * targets.Count + t];
                }
            }
            if (self is null)
            {
                return;
            }

            var own = _solver.Solve(features).mul(features).sum([1L]).data<double>().ToArray();
            for (var i = 0; i < ordinals.Count; i++)
            {
                self[ordinals[i]] = own[i];
            }
        }, d => scores.Exclude(d, documents, excluded, ExcludedDocument.NotFinite), rows => task.Report(rows), cancellation);
        Normaliser.Apply(scores, normalisation, self, targetSelf);
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _solver?.Dispose();
        foreach (var owned in _parts.Owned)
        {
            owned.Dispose();
        }
    }

    private static Tensor Finite(Tensor each, bool[] finite)
    {
        var kept = Enumerable.Range(0, finite.Length).Where(q => finite[q]).Select(q => (long)q).ToArray();
        return each.index_select(0, tensor(kept, [kept.Length], dtype: ScalarType.Int64));
    }
}

/// <summary>What a <see cref="FeatureInfluence"/> is made of; exactly one of the two solvers is given.</summary>
public sealed record FeatureParts
{
    /// <summary>Name in <see cref="AttributionMethods"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Training rows.</summary>
    public required long N { get; init; }

    /// <summary>Features of queries.</summary>
    public required IFeatureSource Queries { get; init; }

    /// <summary>Features of documents, in the same space.</summary>
    public required IFeatureSource Documents { get; init; }

    /// <summary>(C + λI)⁻¹ that knows nothing of the queries.</summary>
    public ProjectedSolver? Solver { get; init; }

    /// <summary>Makes (C + λI)⁻¹ from the queries' features (n, D).</summary>
    public Func<Tensor, ProjectedSolver>? SolverOfQueries { get; init; }

    /// <summary>Used when none is asked for. Default none.</summary>
    public Normalisation DefaultNormalisation { get; init; } = Normalisation.None;

    /// <summary>Disposed of with the method.</summary>
    public IReadOnlyList<IDisposable> Owned { get; init; } = [];
}
