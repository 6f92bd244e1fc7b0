namespace Tda.Scoring.Hypergradients;

/// <summary>
/// Implicit differentiation at a trained θ by conjugate gradients (Rajeswaran et al. 2019, iMAML, 1909.04630):
/// <c>(H + λI) d = v</c> in at most k steps. Where a direction has no positive curvature, as may happen away from a minimum, it stops with
/// what it has: the first direction at least, which is v itself.
/// </summary>
/// <param name="steps">k.</param>
/// <param name="damping">λ.</param>
/// <param name="perturbation">Length of the central differences.</param>
public sealed class CgHypergradient(int steps, double damping, double perturbation) : IHypergradient
{
    private const double Tolerance = 1e-8; // of ‖r‖² relative to ‖v‖²; differences of gradients are no more exact

    /// <inheritdoc/>
    public Tensor Direction(HypergradientStep step)
    {
        using var scope = NewDisposeScope();
        var hessian = new HessianOperator(step, damping, perturbation);
        var d = zeros_like(step.MetaGradient);
        var (r, p) = (step.MetaGradient.clone(), step.MetaGradient.clone());
        var first = Dot(r, r);
        for (var (k, before) = (0, first); k < steps && before > Tolerance * first; k++)
        {
            using var inner = NewDisposeScope();
            var product = hessian.Multiply(p);
            var curvature = Dot(p, product);
            if (!(curvature > 0))
            {
                if (k == 0)
                {
                    d.add_(p);
                }

                break;
            }

            var alpha = before / curvature;
            d.add_(p, alpha);
            r.sub_(product.mul(alpha));
            var after = Dot(r, r);
            p.mul_(after / before).add_(r);
            before = after;
        }

        return d.MoveToOuterDisposeScope();
    }

    private static double Dot(Tensor x, Tensor y) => x.to_type(ScalarType.Float64).mul(y).sum().item<double>();
}
