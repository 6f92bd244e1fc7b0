using Tda.Scoring.Capture;
using Tda.Scoring.Projection;
using static TorchSharp.torch;

namespace Tda.Scoring.Projected;

/// <summary>
/// LoRIF's store in memory: rank-c factors of every row's projected gradient, c(k_o + k_i) numbers a module in the place of k_o·k_i.
/// Rows that aren't finite are left out and remembered. Owns its tensors.
/// </summary>
internal sealed class FactoredStore : IModuleRows, IDisposable
{
    private readonly Projector projector;
    private readonly List<(int[] Documents, bool Completes, (Tensor Left, Tensor Right)[] Modules)> batches = [];

    private FactoredStore(Projector projector) => this.projector = projector;

    /// <summary>Rows held.</summary>
    public long Rows { get; private set; }

    /// <summary>Documents with a row that isn't finite.</summary>
    public SortedSet<int> Apart { get; } = [];

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
        foreach (var (_, _, modules) in batches)
        {
            using var scope = NewDisposeScope();
            visit(TruncatedProjection.Product(modules[module].Left, modules[module].Right).to_type(ScalarType.Float64).cpu());
        }
    }

    /// <summary>Visits whole documents, (n, D) float64.</summary>
    public void ForEachDocument(DocumentVisitor visit, Action<int> apart, CancellationToken cancellation)
    {
        // Rows of a document are in one batch or in consecutive ones of their own.
        Tensor? carried = null;
        foreach (var (documentsOfRows, completes, modules) in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var features = cat([.. modules.Select(f => TruncatedProjection.Product(f.Left, f.Right).to_type(ScalarType.Float64).cpu())], 1);
            var documents = documentsOfRows.Distinct().ToArray();
            var slots = documents.Select((d, i) => (d, i)).ToDictionary(x => x.d, x => (long)x.i);
            var index = tensor([.. documentsOfRows.Select(d => slots[d])], [documentsOfRows.Length], dtype: ScalarType.Int64);
            var sums = zeros([documents.Length, features.shape[1]], dtype: ScalarType.Float64).index_add_(0, index, features, 1);
            if (carried is not null)
            {
                sums = sums.add(carried);
                carried.Dispose();
                carried = null;
            }
            if (completes) Visit(documents, sums, visit);
            else carried = sums.DetachFromDisposeScope();
        }
        foreach (var d in Apart) apart(d);
    }

    public void Dispose()
    {
        foreach (var (_, _, modules) in batches)
        {
            foreach (var (left, right) in modules)
            {
                left.Dispose();
                right.Dispose();
            }
        }
        batches.Clear();
    }

    private void Visit(int[] documents, Tensor sums, DocumentVisitor visit)
    {
        var kept = Enumerable.Range(0, documents.Length).Where(i => !Apart.Contains(documents[i])).ToArray();
        if (kept.Length == 0) return;
        var index = tensor([.. kept.Select(i => (long)i)], [kept.Length], dtype: ScalarType.Int64);
        visit([.. kept.Select(i => documents[i])], kept.Length == documents.Length ? sums : sums.index_select(0, index));
    }

    private void Append(CapturedBatch batch, int rank)
    {
        for (var b = 0; b < batch.Rows.Count; b++)
        {
            if (!batch.Finite[b]) Apart.Add(batch.Rows[b].Document);
        }
        // A row without a finite gradient is zero here, which adds nothing to the curvature; it isn't counted either.
        var projected = projector.Project(batch);
        var modules = new (Tensor Left, Tensor Right)[projector.Modules.Count];
        for (var m = 0; m < modules.Length; m++)
        {
            var (left, right) = TruncatedProjection.Factors(projector, projected, m, rank);
            modules[m] = (left.contiguous().clone().DetachFromDisposeScope(), right.contiguous().clone().DetachFromDisposeScope());
        }
        batches.Add(([.. batch.Rows.Select(r => r.Document)], batch.CompletesDocuments, modules));
        Rows += batch.Finite.Count(f => f);
    }
}
