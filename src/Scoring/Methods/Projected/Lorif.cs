namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// LoRIF in memory: LoGra's projections with rank-c factors of every gradient and a curvature of low rank. Over an index, the index's
/// storage makes the difference, and the method is <see cref="LograMethod"/>.
/// </summary>
internal static class Lorif
{
    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "lorif",
        Family = MethodFamily.Projected,
        Summary = "LoGra with rank-c factors of every gradient and a low-rank curvature",
        Create = Create,
    };

    private static FeatureInfluence Create(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        var projector = ProjectedFit.Random(context, options, progress);
        FactoredStore? store = null;
        try
        {
            using var task = progress.Start("Gradients", context.Documents.RowCount, "rows");
            store = FactoredStore.Build(
                context.Capture, projector, options.Projected.FactorRank, context.Documents, rows => task.Report(rows), cancellation);
            using var curvature = WoodburyCurvature.Fit(
                projector, store, options.Projected.CurvatureRank, options.Projected.PowerIterations, context.Seed);
            return new FeatureInfluence(new FeatureParts
            {
                Name = "lorif",
                N = context.Documents.RowCount,
                Queries = new StreamedFeatures(context.Capture, projector.Length, projector.Project),
                Documents = new LorifFeatures(context.Capture, projector, options.Projected.FactorRank, context.Documents, store),
                Solver = new LorifSolver(projector, curvature, options.DampingFactor),
                Owned = [projector, store],
            });
        }
        catch
        {
            store?.Dispose();
            projector.Dispose();
            throw;
        }
    }
}

/// <summary>LoRIF's documents: read from the store where they are the fitted ones, else truncated the same way on the fly.</summary>
internal sealed class LorifFeatures(GradientCapture capture, Projector projector, int rank, IRowSource fitted, FactoredStore store)
    : IFeatureSource
{
    /// <inheritdoc/>
    public int Length => projector.Length;

    /// <inheritdoc/>
    public void ForEach(IRowSource rows, DocumentVisitor visit, Action<int> apart, Action<double>? progress, CancellationToken cancellation)
    {
        if (ReferenceEquals(rows, fitted))
        {
            store.ForEachDocument(visit, apart, cancellation);
            progress?.Invoke(rows.RowCount);
            return;
        }
        new StreamedFeatures(capture, Length, Truncated).ForEach(rows, visit, apart, progress, cancellation);
    }

    private Tensor Truncated(CapturedBatch batch)
    {
        var projected = projector.Project(batch);
        return cat([.. projector.Modules.Select((_, m) =>
        {
            var (left, right) = TruncatedProjection.Factors(projector, projected, m, rank);
            return TruncatedProjection.Product(left, right);
        })], 1);
    }
}

/// <summary>
/// LoRIF's store in memory: rank-c factors of every row's projected gradient, c(k_o + k_i) numbers a module in the place of k_o·k_i.
/// A row that isn't finite is held as zeros and remembered. Owns its tensors.
/// </summary>
internal sealed class FactoredStore : IModuleRows, IDisposable
{
    private readonly Projector _projector;
    private readonly List<FactoredBatch> _batches = [];

    private FactoredStore(Projector projector) => _projector = projector;

    /// <summary>Finite rows held.</summary>
    public long Rows { get; private set; }

    /// <summary>One pass over the rows.</summary>
    public static FactoredStore Build(
        GradientCapture capture, Projector projector, int rank, IRowSource rows, Action<double>? progress, CancellationToken cancellation)
    {
        var store = new FactoredStore(projector);
        try
        {
            capture.ForEach(rows, LabelSource.True, batch => store.Append(batch, rank), progress, cancellation);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Visits the rows of one module, float64 (n, k_o·k_i), in the order of the fit.</summary>
    public void ForEachBlock(int module, Action<Tensor> visit)
    {
        foreach (var batch in _batches)
        {
            using var scope = NewDisposeScope();
            visit(Block(batch, module));
        }
    }

    /// <summary>Visits whole documents, (n, D) float64.</summary>
    public void ForEachDocument(DocumentVisitor visit, Action<int> apart, CancellationToken cancellation)
    {
        using var sums = new FeatureSums(_projector.Length, visit, apart);
        foreach (var batch in _batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var features = cat([.. batch.Modules.Select((_, m) => Block(batch, m))], 1);
            sums.Add(batch.Documents, batch.Finite, features, batch.Completes);
        }
    }

    public void Dispose()
    {
        foreach (var (left, right) in _batches.SelectMany(b => b.Modules))
        {
            left.Dispose();
            right.Dispose();
        }
        _batches.Clear();
    }

    private static Tensor Block(FactoredBatch batch, int m) =>
        TruncatedProjection.Product(batch.Modules[m].Left, batch.Modules[m].Right).to_type(ScalarType.Float64).cpu();

    private void Append(CapturedBatch batch, int rank)
    {
        var projected = _projector.Project(batch);
        var modules = _projector.Modules.Select((_, m) =>
        {
            var (left, right) = TruncatedProjection.Factors(_projector, projected, m, rank);
            return (left.contiguous().clone().DetachFromDisposeScope(), right.contiguous().clone().DetachFromDisposeScope());
        }).ToArray();
        _batches.Add(new([.. batch.Rows.Select(r => r.Document)], [.. batch.Finite], batch.CompletesDocuments, modules));
        Rows += batch.Finite.Count(f => f);
    }

    private sealed record FactoredBatch(int[] Documents, bool[] Finite, bool Completes, (Tensor Left, Tensor Right)[] Modules);
}

/// <summary>Each row's projected gradient of a module, (k_o, k_i), as <c>Σ_c u_c w_cᵀ</c>: the c leading terms of its SVD.</summary>
internal static class TruncatedProjection
{
    /// <summary>Factors of module <paramref name="m"/> of projected rows (B, D): u (B, c, k_o), scaled, and w (B, c, k_i).</summary>
    public static (Tensor Left, Tensor Right) Factors(Projector projector, Tensor projected, int m, int rank)
    {
        var at = projector.Projections.Take(m).Sum(p => p.Length);
        var p = projector.Projections[m];
        var block = projected.narrow(1, at, p.Length).reshape(-1, p.OutputRank, p.InputRank);
        var c = Math.Min(rank, Math.Min(p.OutputRank, p.InputRank));
        var (u, singular, w) = linalg.svd(block, fullMatrices: false);
        return (u.narrow(2, 0, c).mul(singular.narrow(1, 0, c).unsqueeze(1)).transpose(1, 2), w.narrow(1, 0, c));
    }

    /// <summary><c>Σ_c u_c w_cᵀ</c> flattened, (B, k_o·k_i).</summary>
    public static Tensor Product(Tensor left, Tensor right) => left.transpose(1, 2).matmul(right).flatten(1);
}
