using Tda.ProxyTrainer.Engine;

namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// What LoRIF keeps of its curvature: for each module the leading eigenvectors of GᵀG, G the rows' projected gradients, with their
/// eigenvalues and GᵀG's trace. Sums over rows, undamped. Owns its tensors.
/// </summary>
public sealed class WoodburyCurvature : IDisposable
{
    private readonly Owned _tensors = new();
    private readonly List<(Tensor Vectors, Tensor Values, double Trace)> _modules = [];

    private WoodburyCurvature(long rows) => Rows = rows;

    /// <summary>Rows that were summed.</summary>
    public long Rows { get; }

    /// <summary>Reads the rows power iterations + 3 times a module.</summary>
    public static WoodburyCurvature Fit(Projector projector, IModuleRows rows, int rank, int powerIterations, long seed)
    {
        var result = new WoodburyCurvature(rows.Rows);
        foreach (var (m, module) in projector.Modules.Index())
        {
            using var scope = NewDisposeScope();
            var trace = 0.0;
            rows.ForEachBlock(m, g => trace += g.mul(g).sum().item<double>());
            var (vectors, values) = StreamedSvd.Leading(
                visit => rows.ForEachBlock(m, visit), projector.Projections[m].Length, rank, powerIterations,
                RowKey.Of(module.Name + "/svd", 0), seed);
            result.Add(vectors.contiguous().clone(), values.contiguous().clone(), trace);
        }
        return result;
    }

    /// <summary>Eigenvectors V (d, r), mean eigenvalues σ² (r) and mean eigenvalue trace/d of a module's mean outer product.</summary>
    /// <exception cref="TdaException">Nothing reached this module.</exception>
    internal (Tensor Vectors, Tensor Squared, double Mean) Of(Projector projector, int m)
    {
        if (Rows == 0)
        {
            throw new TdaException("No document has a finite gradient: there is no curvature.");
        }

        var mean = _modules[m].Trace / Rows / projector.Projections[m].Length;
        if (!double.IsFinite(mean) || mean <= 0)
        {
            throw new TdaException($"{projector.Modules[m].Name}: mean curvature is {mean}: no gradient reached this module");
        }

        return (_modules[m].Vectors, _modules[m].Values.div(Rows), mean);
    }

    /// <summary>Writes <c>M.vectors</c>, <c>M.values</c>, <c>M.trace</c>, float64.</summary>
    public void Save(string path, Projector projector)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["rows"] = tensor(new double[] { Rows }) };
        foreach (var (module, (vectors, values, trace)) in projector.Modules.Zip(_modules))
        {
            (tensors[module.Name + ".vectors"], tensors[module.Name + ".values"]) = (vectors, values);
            tensors[module.Name + ".trace"] = tensor(new[] { trace });
        }
        TensorFiles.Save(path, tensors);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="BadInputException">The file is damaged or of another model.</exception>
    public static WoodburyCurvature Load(string path, Projector projector)
    {
        using var scope = NewDisposeScope();
        var tensors = TensorFiles.Load(path);
        var result = new WoodburyCurvature((long)Take("rows", 1, 1).data<double>()[0]);
        foreach (var (m, module) in projector.Modules.Index())
        {
            result.Add(
                Take(module.Name + ".vectors", 2, projector.Projections[m].Length), Take(module.Name + ".values", 1, null),
                Take(module.Name + ".trace", 1, 1).data<double>()[0]);
        }
        return result;

        Tensor Take(string name, int dimensions, long? size) =>
            tensors.TryGetValue(name, out var t) && t.shape.Length == dimensions && t.dtype == ScalarType.Float64 && (size is null || t.shape[0] == size)
                ? t
                : throw new BadInputException(
                    path, $"has no '{name}' of this surrogate's shape", remedy: "The index belongs to another surrogate: make it again with tda index.");
    }

    /// <inheritdoc/>
    public void Dispose() => _tensors.Dispose();

    private void Add(Tensor vectors, Tensor values, double trace) => _modules.Add((_tensors.Keep(vectors), _tensors.Keep(values), trace));
}

/// <summary>Rows of projected gradients that can be visited module by module, as often as need be.</summary>
public interface IModuleRows
{
    /// <summary>Rows in all.</summary>
    long Rows { get; }

    /// <summary>Visits the rows of one module, float64 (n, k_o·k_i), always in the same order.</summary>
    void ForEachBlock(int module, Action<Tensor> visit);
}

/// <summary>
/// Randomised SVD (Halko, Martinsson and Tropp 2011) of a tall matrix G that is only ever seen in pieces: the leading eigenvectors of
/// GᵀG from passes that each keep a (d, r + 8) sketch. Float64.
/// </summary>
internal static class StreamedSvd
{
    private const int Oversampling = 8;

    /// <summary>The <paramref name="rank"/> leading eigenvectors (d, r) of GᵀG, in columns, and their eigenvalues, descending.</summary>
    /// <param name="forEach">Visits pieces (n, d) of G; called powerIterations + 2 times.</param>
    /// <param name="dimension">d.</param>
    /// <param name="rank">r; at most d is used.</param>
    /// <param name="powerIterations">Each takes the spectrum to the next odd power, so that small directions fade.</param>
    /// <param name="key">Name of the probe.</param>
    /// <param name="seed">Seed of the probe.</param>
    public static (Tensor Vectors, Tensor Values) Leading(
        Action<Action<Tensor>> forEach, int dimension, int rank, int powerIterations, ulong key, long seed)
    {
        var width = Math.Min(dimension, rank + Oversampling);
        var q = SeededNormal.Draw([dimension, width], key, seed);
        for (var pass = 0; pass <= powerIterations; pass++)
        {
            q = linalg.qr(Gram(forEach, q)).Item1;
        }

        var small = q.transpose(0, 1).matmul(Gram(forEach, q));
        var (values, vectors) = linalg.eigh(small.add(small.transpose(0, 1)).div(2));
        var keep = Math.Min(rank, width);
        return (
            q.matmul(vectors.narrow(1, width - keep, keep).flip(1)),
            values.narrow(0, width - keep, keep).flip(0).clamp_min(0));
    }

    // GᵀG q, piece by piece.
    private static Tensor Gram(Action<Action<Tensor>> forEach, Tensor q)
    {
        var sum = zeros_like(q);
        forEach(g => sum.add_(g.transpose(0, 1).matmul(g.matmul(q))));
        return sum;
    }
}
