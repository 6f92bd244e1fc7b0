using Tda.Scoring.Curvature.Products;
using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Curvature.Solvers;

/// <summary>
/// DataInf (Kwon et al. 2023, arXiv 2310.00902, eq. 5): per module the inverse of a mean is replaced by the mean of the inverses,
/// <c>1/(nλ) Σ_i (v − (v·g_i)/(λ + ‖g_i‖²) g_i)</c>, <c>λ = factor · mean‖g_i‖²/dim</c>; g_i the gradient of row i with its true labels.
/// Two passes over the rows: one for λ, one for each group of vectors.
/// </summary>
public sealed class DataInfSolver : ICurvatureSolver
{
    private const long ChunkElements = 1L << 22;
    private readonly GradientCapture _capture;
    private readonly IRowSource _rows;
    private readonly double[] _damping;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = SolvedInfluence.Entry(
        "datainf", MethodNeeds.None, "mean of inverses of single examples' curvature, by module", setup => new DataInfSolver(
            setup.Context.Capture, setup.Context.Documents, setup.Options.DampingFactor, setup.Options.Curvature.AbsoluteDamping, setup.Apart(),
            setup.Cancellation));

    /// <summary>Measures λ of each module.</summary>
    /// <param name="capture">Gradients of the model.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="factor">Above 0; the paper's is 0.1.</param>
    /// <param name="absolute">λ of every module instead; null: by factor.</param>
    /// <param name="excluded">Told of the document of every row that is not finite.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="TdaException">No row is finite, or no gradient reaches a module.</exception>
    public DataInfSolver(
        GradientCapture capture, IRowSource rows, double factor = 0.1, double? absolute = null, Action<int>? excluded = null,
        CancellationToken cancellation = default)
    {
        (_capture, _rows) = (capture, rows);
        var squares = new double[Modules.Count];
        capture.ForEach(rows, LabelSource.True, batch =>
        {
            Sequences += batch.Finite.Count(f => f);
            batch.ReportBroken(excluded);
            Each(batch, (m, g) => squares[m] += g.square().sum().item<double>());
        }, cancellation: cancellation);
        if (Sequences == 0)
        {
            throw new TdaException($"none of the {rows.RowCount} rows has a finite gradient: there is no curvature");
        }

        _damping = [.. squares.Select((s, m) => absolute ?? factor * s / Sequences / Modules[m].Elements)];
        if (Array.FindIndex(_damping, d => !(d > 0)) is >= 0 and var unreached)
        {
            throw new TdaException($"{Modules[unreached].Name}: no gradient reached this module; give an absolute damping");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _damping;

    /// <inheritdoc/>
    public int Sequences { get; private set; }

    private IReadOnlyList<ModuleShape> Modules => _capture.Model.Modules;

    /// <inheritdoc/>
    public SolveResult Solve(Tensor vectors, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var v = FlatVectors.Split(Modules, vectors, ScalarType.Float64);
        using var sums = ModuleGradients.Zeros(Modules, v.Count, ScalarType.Float64, vectors.device);
        _capture.ForEach(_rows, LabelSource.True, batch => Each(batch, (m, g) =>
        {
            var flat = g.flatten(1);                                                                    // (b, D_m)
            var weights = flat.matmul(v.Tensors[m].flatten(1).transpose(0, 1))                          // (b, Q)
                .div(flat.square().sum([1L], keepdim: true).add(_damping[m]));
            sums.Tensors[m].flatten(1).add_(weights.transpose(0, 1).matmul(flat));
        }), cancellation: cancellation);
        using var result = v.Map((m, t) => t.sub(sums.Tensors[m].div(Sequences)).div(_damping[m]));
        return SolveResult.Direct(FlatVectors.Join(result.Tensors).MoveToOuterDisposeScope());
    }

    // Gradients per row, in chunks; those of rows that are not finite are zero.
    private void Each(CapturedBatch batch, Action<int, Tensor> visit)
    {
        for (var m = 0; m < Modules.Count; m++)
        {
            var module = m;
            batch.Layers[m].ForChunks(ChunkElements, (_, g) => visit(module, g.to_type(ScalarType.Float64)));
        }
    }
}
