using Tda.Scoring.Curvature.Products;

namespace Tda.Evaluation.Pbrf;

/// <summary>
/// <c>mean over sequences of Σ_t KL(p_s ‖ p_θ) − ε·loss(m) + λ/2‖θ − θ_s‖²</c> as a function of δ = θ − θ_s, with its gradient: the
/// proximal Bregman objective (Bae et al. 2022, arXiv 2209.05364, eq. 6). KL's gradient at the logits is p_θ − p_s.
/// </summary>
internal sealed class PbrfObjective(
    IShiftableModel model, GaussNewtonOperator products, IRowSource documents, double damping, double epsilon)
{
    private readonly GradientCapture _moved = new(model, products.Capture.Options);

    /// <summary>Moves the model by δ until the returned object is disposed of.</summary>
    public IDisposable Shift(Tensor delta)
    {
        using var split = FlatVectors.Split(model.Modules, delta, model.DType);
        return model.Shift(split);
    }

    /// <summary>Value, gradient (1, D) float64 in the caller's dispose scope, and ‖∇loss(m)‖; the value is NaN where it can't be computed.</summary>
    public (double Value, Tensor Gradient, double DocumentNorm) Evaluate(Tensor delta, int document, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var shift = Shift(delta);

        // 1. Mean divergence from the original's predictions.
        using var proximal = ModuleGradients.Zeros(model.Modules, 1, ScalarType.Float64, model.Device);
        var divergence = 0.0;
        _moved.ForEachBatch(products.FiniteSource, (rows, _) => divergence += Divergence(rows, proximal), null, cancellation);

        // 2. The document's loss.
        using var own = ModuleGradients.Zeros(model.Modules, 1, ScalarType.Float64, model.Device);
        var loss = 0.0;
        _moved.ForEach(new RowFilter(documents, d => d == document), LabelSource.True, batch =>
        {
            loss += batch.Finite.All(f => f) ? batch.TokenLosses.sum().to_type(ScalarType.Float64).item<double>() : double.NaN;
            Add(own, batch.Layers);
        }, cancellation: cancellation);

        // 3. Both, and the proximal term.
        var g = FlatVectors.Join(own.Tensors);
        var gradient = FlatVectors.Join(proximal.Tensors).div(products.Sequences).sub(g.mul(epsilon)).add(delta.mul(damping));
        var value = divergence / products.Sequences - epsilon * loss + damping / 2 * delta.square().sum().item<double>();
        return (value, gradient.MoveToOuterDisposeScope(), FlatVectors.Norms(g)[0]);
    }

    private double Divergence(IReadOnlyList<TokenRow> rows, ModuleGradients sums)
    {
        var batch = PaddedBatch.Build(rows, model);
        Tensor before;
        using (no_grad())
        {
            using var original = products.Capture.Model.Forward(batch.Ids);
            before = original.Logits.detach().log_softmax(-1);
        }
        using var gradients = enable_grad();
        using var forward = model.Forward(batch.Ids);
        using var noGradients = no_grad();
        var after = forward.Logits.detach().log_softmax(-1);
        var mask = batch.LossMask.unsqueeze(-1);
        var p = before.exp();
        var s = forward.OutputGradients(forward.Logits, after.exp().sub(p).mul(mask));
        Add(sums, CapturedLayer.Of(model.Modules, batch.Activations(model, forward.Inputs), [.. s.Select(x => x.detach())]));
        return p.mul(before.sub(after)).mul(mask).sum().to_type(ScalarType.Float64).item<double>();
    }

    private static void Add(ModuleGradients sums, IReadOnlyList<CapturedLayer> layers)
    {
        for (var m = 0; m < layers.Count; m++)
        {
            sums.Tensors[m].select(0, 0).add_(layers[m].Sum().to_type(ScalarType.Float64));
        }
    }
}
