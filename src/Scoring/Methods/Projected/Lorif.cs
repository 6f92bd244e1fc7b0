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

    private static FeatureInfluence Create(MethodSetup setup)
    {
        var (context, options) = (setup.Context, setup.Options.Projected);
        using var parts = new Owned();
        var projector = parts.Add(ProjectedFit.Random(setup));
        var store = parts.Add(new FactoredStore(projector, options.FactorRank));
        using var task = setup.Progress.Start("Gradients", context.Documents.RowCount, "rows");
        context.Capture.ForEach(context.Documents, LabelSource.True, store.Append, rows => task.Report(rows), setup.Cancellation);
        using var curvature = WoodburyCurvature.Fit(projector, store, options.CurvatureRank, options.PowerIterations, context.Seed);
        return new FeatureInfluence
        {
            Name = "lorif",
            N = context.Documents.RowCount,
            Queries = new StreamedFeatures(context.Capture, projector.Length, projector.Project),
            Documents = new LorifFeatures(context.Capture, projector, options.FactorRank, context.Documents, store),
            Solver = new LorifSolver(projector, curvature, setup.Options.DampingFactor),
            Parts = parts.Release(),
        };
    }
}

/// <summary>LoRIF's documents: read from the store where they are the fitted ones, else truncated the same way on the fly.</summary>
internal sealed class LorifFeatures(GradientCapture capture, Projector projector, int rank, IRowSource fitted, FactoredStore store)
    : IFeatureSource
{
    public int Length => projector.Length;

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
        var factors = projector.Modules.Select((_, m) => TruncatedProjection.Factors(projector, projected, m, rank));
        return cat([.. factors.Select(TruncatedProjection.Product)], 1);
    }
}

/// <summary>
/// LoRIF's store in memory: rank-c factors of every row's projected gradient, c(k_o + k_i) numbers a module in the place of k_o·k_i.
/// A row that isn't finite is held as zeros and remembered. Owns its tensors.
/// </summary>
internal sealed class FactoredStore(Projector projector, int rank) : IModuleRows, IDisposable
{
    private readonly Owned _tensors = new();
    private readonly List<FactoredBatch> _batches = [];

    /// <summary>Finite rows held.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds a batch's rows.</summary>
    public void Append(CapturedBatch batch)
    {
        var projected = projector.Project(batch);
        var modules = projector.Modules.Select((_, m) =>
        {
            var (left, right) = TruncatedProjection.Factors(projector, projected, m, rank);
            return (_tensors.Keep(left.contiguous().clone()), _tensors.Keep(right.contiguous().clone()));
        }).ToArray();
        _batches.Add(new([.. batch.Rows.Select(r => r.Document)], [.. batch.Finite], batch.CompletesDocuments, modules));
        Rows += batch.Finite.Count(f => f);
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
        using var sums = new FeatureSums(projector.Length, visit, apart);
        foreach (var batch in _batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var features = cat([.. batch.Modules.Select((_, m) => Block(batch, m))], 1);
            sums.Add(batch.Documents, batch.Finite, features, batch.Completes);
        }
    }

    public void Dispose() => _tensors.Dispose();

    private static Tensor Block(FactoredBatch batch, int m) =>
        TruncatedProjection.Product(batch.Modules[m]).to_type(ScalarType.Float64).cpu();

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
    public static Tensor Product((Tensor Left, Tensor Right) factors) => factors.Left.transpose(1, 2).matmul(factors.Right).flatten(1);
}
