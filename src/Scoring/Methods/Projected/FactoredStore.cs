using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

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
        using var sums = new DocumentSums(_projector.Length, visit, apart);
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
