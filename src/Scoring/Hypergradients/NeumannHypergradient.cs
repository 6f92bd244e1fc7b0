using Tda.Scoring.Curvature.Products;

namespace Tda.Scoring.Hypergradients;

/// <summary>
/// Implicit differentiation at a trained θ by a Neumann series (Lorraine et al. 2020, 1911.02590):
/// <c>d = η Σ_{j=0..k} (I − η(H + λI))^j v ≈ (H + λI)⁻¹ v</c>, H the Hessian of the base objective over the step's examples. Converges for
/// η below 2 over H's largest eigenvalue.
/// </summary>
/// <param name="terms">k.</param>
/// <param name="rate">η; null: 1 over the largest eigenvalue at the first step.</param>
/// <param name="damping">λ.</param>
/// <param name="perturbation">Length of the central differences.</param>
public sealed class NeumannHypergradient(int terms, double? rate, double damping, double perturbation) : IHypergradient
{
    private const int PowerIterations = 20;
    private const double Margin = 1.1; // power iteration comes from below

    private double? _rate = rate;

    /// <inheritdoc/>
    public Tensor Direction(HypergradientStep step)
    {
        using var scope = NewDisposeScope();
        var hessian = new HessianOperator(step, damping, perturbation);
        _rate ??= Rate(hessian, step);
        var term = step.MetaGradient;
        var sum = term.clone();
        for (var j = 0; j < terms; j++)
        {
            term = term.sub(hessian.Multiply(term).mul(_rate.Value));
            sum.add_(term);
        }

        return sum.mul_(_rate.Value).MoveToOuterDisposeScope();
    }

    private static double Rate(HessianOperator hessian, HypergradientStep step)
    {
        var largest = Probes.LargestEigenvalue(
            x => hessian.Multiply(x.select(0, 0).to_type(step.At.dtype)).to_type(ScalarType.Float64).unsqueeze(0), step.At.numel(), PowerIterations, 0, step.At.device);
        return largest > 0 && double.IsFinite(largest)
            ? 1 / (Margin * largest)
            : throw new TdaException($"The Hessian's largest eigenvalue comes out as {largest}: there is no rate for the Neumann series. Use sama, or raise the damping.");
    }
}
