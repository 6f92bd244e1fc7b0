using Tda.ProxyTrainer.Engine;

namespace Tda.Scoring.Curvature.Products;

/// <summary>
/// The Gauss-Newton matrix of a small model written out, as <c>diag p − ppᵀ = Σ_c p_c (e_c − p)(e_c − p)ᵀ</c> allows: one backward
/// pass for every position and class of a batch, the outer products of what reaches each row.
/// </summary>
public static class DenseGaussNewton
{
    /// <summary>G as (D, D) in float64, in the caller's dispose scope.</summary>
    /// <param name="products">The matrix.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static Tensor Build(GaussNewtonOperator products, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var model = products.Capture.Model;
        var sum = zeros([products.Dimension, products.Dimension], dtype: ScalarType.Float64, device: model.Device);
        products.Capture.ForEachBatch(products.FiniteSource, (rows, _) => Add(model, rows, sum), null, cancellation);
        return sum.div(products.Sequences).MoveToOuterDisposeScope();
    }

    /// <summary>Refuses models above a size before any work is done.</summary>
    /// <exception cref="UsageException">Says by how much, and what to use instead.</exception>
    public static void Require(long dimension, long maxDimension)
    {
        if (dimension > maxDimension)
        {
            throw new UsageException(
                $"The explicit inverse needs a matrix of {dimension:N0} × {dimension:N0} " +
                $"({dimension * (double)dimension * 8 / (1L << 30):N1} GiB): more than the {maxDimension:N0} tracked weights allowed. Use cg, astra or ekfac, or raise the limit.");
        }
    }

    private static void Add(ICaptureModel model, IReadOnlyList<TokenRow> rows, Tensor sum)
    {
        using var gradients = enable_grad();
        var batch = PaddedBatch.Build(rows, model);
        using var forward = model.Forward(batch.Ids, secondOrder: true); // differentiated once for every position and class
        Tensor[] logits = [forward.Logits], taps = [.. forward.Taps];
        using var noGradients = no_grad();
        var a = batch.Activations(model, forward.Inputs);
        var p = forward.Logits.detach().softmax(-1);
        for (var t = 0; t < p.shape[1]; t++)
        {
            for (var c = 0; c < p.shape[2]; c++)
            {
                using var scope = NewDisposeScope();
                // √p_c (e_c − p) at position t of every row.
                var w = zeros_like(p);
                var at = w.select(1, t);
                at.sub_(p.select(1, t));
                at.select(1, c).add_(1);
                at.mul_(p.select(1, t).select(1, c).sqrt().mul(batch.LossMask.select(1, t)).unsqueeze(-1));
                var s = Autograd.Grad(logits, taps, [w], retainGraph: true);
                var g = FlatVectors.Join([.. CapturedLayer.Of(model.Modules, a, [.. s.Select(x => x.detach().to_type(model.DType))]).Select(layer => layer.Gradients())]).to_type(ScalarType.Float64);
                sum.add_(g.transpose(0, 1).matmul(g));
            }
        }
    }
}
