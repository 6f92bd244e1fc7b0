namespace Tda.Scoring.Hypergradients;

/// <summary>
/// Derivatives along a direction from two evaluations, <c>[f(θ + εd) − f(θ − εd)] / 2ε</c> with <c>ε = α / ‖d‖</c> (SAMA, 2310.05674, §3.2). The
/// error falls with α²; below about .001 rounding of float32 losses is larger.
/// </summary>
public static class CentralDifference
{
    /// <summary>
    /// <c>∂L_meta/∂w_i = −d·∇ℓ_i(θ) / Σ size</c> for each example of the step: what a little more weight on it does to the meta
    /// objective, through the training. The problem's weights are as they were before, bit by bit, also when evaluating throws.
    /// </summary>
    /// <param name="step">Where, and of which examples.</param>
    /// <param name="direction">d.</param>
    /// <param name="perturbation">α, above 0.</param>
    /// <returns>One an example; 0 where d is 0.</returns>
    public static double[] OfExamples(HypergradientStep step, Tensor direction, double perturbation)
    {
        var size = step.Examples.Sum(step.Problem.SizeOf);
        var (plus, minus, epsilon) = Evaluate(step, direction, perturbation, () => step.Problem.Losses(step.Examples));
        return epsilon == 0 ? new double[step.Examples.Count] : [.. plus!.Zip(minus!, (up, down) => -(up - down) / (2 * epsilon * size))];
    }

    /// <summary>Evaluates on both sides of <see cref="HypergradientStep.At"/>; ε is 0, and nothing is evaluated, where the direction is 0.</summary>
    internal static (T? Plus, T? Minus, double Epsilon) Evaluate<T>(HypergradientStep step, Tensor direction, double perturbation, Func<T> evaluate)
        where T : class
    {
        var norm = direction.to_type(ScalarType.Float64).norm().item<double>();
        if (!double.IsFinite(norm))
        {
            throw new TdaException("The direction of a hypergradient isn't finite. Lower the learning rate, or raise the damping.");
        }

        if (norm == 0)
        {
            return (null, null, 0);
        }

        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var theta = step.Problem.Parameters.Flat;
        var kept = theta.clone(); // adding and subtracting εd again would leave other bits
        var epsilon = perturbation / norm;
        try
        {
            return (At(epsilon), At(-epsilon), epsilon);
        }
        finally
        {
            theta.copy_(kept);
        }

        T At(double distance)
        {
            theta.copy_(step.At).add_(direction, distance);
            using var gradients = enable_grad();
            return evaluate();
        }
    }
}

/// <summary>Products with <c>H + λI</c>, H the Hessian of a step's base objective, by central differences of its gradient.</summary>
internal sealed class HessianOperator(HypergradientStep step, double damping, double perturbation)
{
    /// <summary>(H + λI) x, in the caller's dispose scope.</summary>
    public Tensor Multiply(Tensor x)
    {
        var (plus, minus, epsilon) = CentralDifference.Evaluate(step, x, perturbation, () => step.Problem.Gradient(step.Examples, step.Weights));
        if (epsilon == 0)
        {
            return zeros_like(x);
        }

        using (plus)
        using (minus)
        {
            return plus!.sub(minus!).div_(2 * epsilon).add_(x, damping);
        }
    }
}
