using Tda.ProxyTrainer.Optimizers;
using Tda.Scoring.Hypergradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Hypergradients;

/// <summary>
/// Weighted ridge regression, <c>ℓ_i = ½(x_iᵀθ − y_i)²</c> with a prior <c>½μ‖θ‖²</c>, whose solution and hypergradients are known in closed form.
/// Float64.
/// </summary>
internal sealed class RidgeProblem : IWeightedProblem
{
    private readonly Tensor _x;
    private readonly Tensor _y;
    private readonly Tensor _metaX;
    private readonly Tensor _metaY;
    private readonly double _mu;

    public RidgeProblem(int examples, int dimension, double mu, long seed)
    {
        (_mu, Examples, MetaExamples) = (mu, examples, 2 * dimension);
        var random = SplitMix64.Of(seed);
        Tensor Normal(params long[] shape) =>
            tensor([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => random.NextNormal())], shape, dtype: ScalarType.Float64);
        (_x, _y) = (Normal(examples, dimension), Normal(examples));
        (_metaX, _metaY) = (Normal(MetaExamples, dimension), Normal(MetaExamples));
        Parameters = new FlatWeights(zeros([dimension], dtype: ScalarType.Float64), [new WeightPart("theta", 0, [dimension], IsHidden: false)]);
    }

    public int Examples { get; }

    public FlatWeights Parameters { get; }

    public int MetaExamples { get; }

    private Tensor Theta => Parameters.Flat;

    public double SizeOf(int example) => 1;

    public Tensor Gradient(IReadOnlyList<int> examples, IReadOnlyList<double> weights)
    {
        var (x, y) = (_x.index_select(0, At(examples)), _y.index_select(0, At(examples)));
        var residual = x.matmul(Theta).sub(y).mul(tensor([.. weights], [weights.Count], dtype: ScalarType.Float64));
        return x.t().matmul(residual).div(examples.Count).add(Theta.mul(_mu)).DetachFromDisposeScope();
    }

    public double[] Losses(IReadOnlyList<int> examples) =>
        _x.index_select(0, At(examples)).matmul(Theta).sub(_y.index_select(0, At(examples))).square().div(2).data<double>().ToArray();

    public (double Loss, Tensor Gradient) Meta(IReadOnlyList<int>? examples)
    {
        var residual = _metaX.matmul(Theta).sub(_metaY);
        return (residual.square().mean().item<double>() / 2, _metaX.t().matmul(residual).div(MetaExamples).DetachFromDisposeScope());
    }

    /// <summary>θ* of given weights, set: <c>(XᵀWX/n + μI)⁻¹ XᵀWy/n</c>.</summary>
    public void Solve(IReadOnlyList<double> weights) => Theta.copy_(linalg.solve(Hessian(weights), Weighted(weights).matmul(_y).div(Examples)));

    /// <summary><c>dL_meta(θ*(w))/dw_i = −(x_iᵀθ* − y_i) x_iᵀ H⁻¹ ∇L_meta / n</c> at the solution.</summary>
    public double[] ClosedForm(IReadOnlyList<double> weights)
    {
        Solve(weights);
        var (_, v) = Meta(null);
        var solved = linalg.solve(Hessian(weights), v);
        return _x.matmul(Theta).sub(_y).mul(_x.matmul(solved)).div(-Examples).data<double>().ToArray();
    }

    private Tensor Weighted(IReadOnlyList<double> weights) => _x.t().mul(tensor([.. weights], [1, weights.Count], dtype: ScalarType.Float64));

    private Tensor Hessian(IReadOnlyList<double> weights) =>
        Weighted(weights).matmul(_x).div(Examples).add(eye(Theta.numel(), dtype: ScalarType.Float64).mul(_mu));

    private static Tensor At(IReadOnlyList<int> examples) => tensor([.. examples.Select(e => (long)e)], [examples.Count], dtype: ScalarType.Int64);
}
