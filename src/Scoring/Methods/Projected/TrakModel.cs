using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

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
            var missing = sums.select(1, _projection.Dimension).div(sums.select(1, _projection.Dimension + 1).clamp_min(1));
            visit(ordinals, sums.narrow(1, 0, _projection.Dimension), missing.contiguous().data<double>().ToArray());
        }, apart, progress, cancellation);

    /// <summary>(ΦᵀΦ/N + λI)⁻¹ of (n, p) features.</summary>
    public Tensor Solve(Tensor phi)
    {
        var half = linalg.solve_triangular(_root, phi.transpose(0, 1), upper: false);
        return linalg.solve_triangular(_root.transpose(0, 1), half, upper: true).transpose(0, 1);
    }

    public void Dispose() => _root.Dispose();

    // Two more columns: Σ_t (1 − p_t) = Σ_t σ(−margin_t), and the tokens.
    private Tensor Features(CapturedBatch batch)
    {
        var missing = batch.TokenLosses.neg().sigmoid().mul(batch.LossMask).sum([1L]);
        return cat([_projection.Project(batch), missing.unsqueeze(1), batch.LossMask.sum([1L]).unsqueeze(1)], 1);
    }
}
