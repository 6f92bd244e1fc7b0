using Tda.ProxyTrainer.Engine;

namespace Tda.Scoring.Curvature.Products;

/// <summary>
/// The Gauss-Newton matrix of all tracked layers, <c>G = mean over sequences of Σ_t J_tᵀ (diag p_t − p_t p_tᵀ) J_t</c>, by its
/// products. J_t are the derivatives of position t's logits, p_t the predicted probabilities; t runs over positions that carry loss.
/// For a softmax it is the Fisher matrix (Martens 2020, arXiv 1412.1193, §9).
/// <list type="number">
/// <item><c>s(u) = Jᵀu</c> at the layers' outputs, kept differentiable: linear in u, whatever u is.</item>
/// <item><c>Jv</c>: the derivative of <c>Σ ⟨s_t(u), V a_t⟩</c> with respect to u. Two backward passes stand in for forward mode.</item>
/// <item><c>w = p ⊙ Jv − p (p · Jv)</c> where there is loss, 0 elsewhere.</item>
/// <item><c>GV = Σ_t s_t(w) a_tᵀ</c>.</item>
/// </list>
/// Rows that are not finite are set apart when it is built.
/// </summary>
public sealed class GaussNewtonOperator : ICurvatureOperator
{
    private readonly int[] _finite;

    /// <summary>Finds the finite rows in one pass over all.</summary>
    /// <param name="capture">Gradients of the model.</param>
    /// <param name="rows">Sequences that G is a mean over.</param>
    /// <param name="excluded">Told of the document of every row set apart.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="TdaException">No row is left.</exception>
    public GaussNewtonOperator(
        GradientCapture capture, IRowSource rows, Action<int>? excluded = null, CancellationToken cancellation = default)
    {
        (Capture, Rows, Dimension) = (capture, rows, FlatVectors.Dimension(capture.Model.Modules));
        _finite = FiniteRows(excluded, cancellation);
        if (_finite.Length == 0)
        {
            throw new TdaException($"none of the {rows.RowCount} rows has a finite gradient: there is no curvature");
        }
    }

    /// <summary>Gradients of the model.</summary>
    public GradientCapture Capture { get; }

    /// <inheritdoc/>
    public long Dimension { get; }

    /// <inheritdoc/>
    public int Sequences => _finite.Length;

    /// <inheritdoc/>
    public Device Device => Model.Device;

    /// <summary>The rows it is a mean over.</summary>
    internal IRowSource FiniteSource => new RowFilter(Rows, _finite);

    private IRowSource Rows { get; }

    private ICaptureModel Model => Capture.Model;

    /// <inheritdoc/>
    public Tensor Multiply(Tensor vectors, IReadOnlyList<int>? sequences = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var chosen = sequences is null ? _finite : [.. sequences.Select(i => _finite[i])];
        using var directions = FlatVectors.Split(Model.Modules, vectors, Model.DType);
        using var sums = ModuleGradients.Zeros(Model.Modules, directions.Count, ScalarType.Float64, Model.Device);
        Capture.ForEachBatch(new RowFilter(Rows, chosen), (batch, _) => Add(batch, directions, sums), null, cancellation);
        return FlatVectors.Join(sums.Tensors).div(chosen.Length).to_type(vectors.dtype).MoveToOuterDisposeScope();
    }

    private void Add(IReadOnlyList<TokenRow> rows, ModuleGradients directions, ModuleGradients sums)
    {
        using var gradients = enable_grad();
        var batch = PaddedBatch.Build(rows, Model);
        using var forward = Model.Forward(batch.Ids, secondOrder: true);
        Tensor[] logits = [forward.Logits], taps = [.. forward.Taps];

        // 1. Jᵀu, differentiable in u.
        var u = zeros_like(forward.Logits.detach()).requires_grad_(true);
        Tensor[] s = [.. Autograd.Grad(logits, taps, [u], retainGraph: true, createGraph: true)];

        using var noGradients = no_grad();
        var a = batch.Activations(Model, forward.Inputs);
        var p = forward.Logits.detach().softmax(-1).mul(batch.LossMask.unsqueeze(-1));
        for (var q = 0; q < directions.Count; q++)
        {
            using var scope = NewDisposeScope();
            // 2. Jv.
            var at = q;
            Tensor[] moved = [.. CapturedLayer.Moved(Model.Modules, a, m => directions.Tensors[m].select(0, at)).Zip(s, (x, tap) => x.to_type(tap.dtype))];
            var jv = Autograd.Grad(s, [u], moved, retainGraph: true)[0].detach();
            // 3. (diag p − ppᵀ)Jv; p is already zero where there is no loss, prompts and padding alike.
            var pj = p.mul(jv);
            var w = pj.sub(p.mul(pj.sum([-1L], keepdim: true)));
            // 4. Back to the layers.
            var back = Autograd.Grad(logits, taps, [w], retainGraph: true);
            var layers = CapturedLayer.Of(Model.Modules, a, [.. back.Select(x => x.detach().to_type(Model.DType))]);
            for (var m = 0; m < layers.Length; m++)
            {
                sums.Tensors[m].select(0, q).add_(layers[m].Sum().to_type(ScalarType.Float64));
            }
        }
    }

    private int[] FiniteRows(Action<int>? excluded, CancellationToken cancellation)
    {
        var result = new List<int>();
        foreach (var planned in RowBatches.Plan(Rows, Capture.Options.BatchTokens))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = Capture.Capture([.. planned.Rows.Select(Rows.Load)], LabelSource.True);
            batch.ReportBroken(excluded);
            result.AddRange(planned.Rows.Where((_, b) => batch.Finite[b]));
        }
        return [.. result.Order()];
    }
}

/// <summary>A symmetric positive semi-definite matrix G over all tracked weights, known by its products. G is a mean over sequences.</summary>
public interface ICurvatureOperator
{
    /// <summary>Tracked weights: D.</summary>
    long Dimension { get; }

    /// <summary>Sequences that G is a mean over.</summary>
    int Sequences { get; }

    /// <summary>Where products are computed.</summary>
    Device Device { get; }

    /// <summary>G applied to several vectors at once, (Q, D) to (Q, D) in their own type, in the caller's dispose scope.</summary>
    /// <param name="vectors">One vector a row.</param>
    /// <param name="sequences">A mini-batch: ordinals below <see cref="Sequences"/> to take the mean over; null: all.</param>
    /// <param name="cancellation">Stops between batches.</param>
    Tensor Multiply(Tensor vectors, IReadOnlyList<int>? sequences = null, CancellationToken cancellation = default);
}
