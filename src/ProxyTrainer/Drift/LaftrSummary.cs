using Tda.ProxyTrainer.Classifiers;

namespace Tda.ProxyTrainer.Drift;

/// <summary>
/// What the distance of two ReLU networks in function space needs to know of the data, once and for all: the inputs' first two moments and
/// how often each unit is active. With it the data can go: LAFTR, the linearised activation function trick (Dhawan, Huang, Bae and Grosse
/// 2023, 2302.03519), with Bernoulli gates.
/// </summary>
/// <remarks>
/// Each unit's gate is drawn from its activation rate μ, apart from its input and from the other gates, and both networks share the gates of
/// the first. The networks are then linear, and the moments of the activations a at θ₀ and of their change d pass from layer to layer in
/// closed form: with W the weights at θ₁, W₀ those at θ₀ and ΔW = W − W₀, biases among them as one more input that is always 1,
/// <code>
/// E[ssᵀ]   = W₀ E[aaᵀ] W₀ᵀ
/// E[Δs sᵀ] = W E[daᵀ] W₀ᵀ + ΔW E[aaᵀ] W₀ᵀ
/// E[Δs Δsᵀ] = W E[ddᵀ] Wᵀ + W E[daᵀ] ΔWᵀ + (W E[daᵀ] ΔWᵀ)ᵀ + ΔW E[aaᵀ] ΔWᵀ
/// </code>
/// and the gates multiply each by μμᵀ, on the diagonal by μ.
/// </remarks>
public sealed class LaftrSummary : IDisposable
{
    private readonly Tensor _moments; // E[aaᵀ] of the inputs and a last 1, (F + 1, F + 1), float64
    private readonly Tensor[] _gates; // per hidden layer μμᵀ with μ on the diagonal, and 1 for the last 1, (H + 1, H + 1)
    private readonly ClassifierShape _shape;

    private LaftrSummary(ClassifierShape shape, Tensor moments, Tensor[] gates) => (_shape, _moments, _gates) = (shape, moments, gates);

    /// <summary>Sums the data up.</summary>
    /// <param name="model">θ₀, of ReLU units.</param>
    /// <param name="features">(N, F), at least one row.</param>
    /// <exception cref="ArgumentException">Another activation, or no rows.</exception>
    public static LaftrSummary Of(Classifier model, Tensor features)
    {
        if (model.Shape.Activation != ClassifierActivation.Relu)
        {
            throw new ArgumentException("The gates of LAFTR stand for ReLU units; of others there are none.", nameof(model));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(features.shape[0], 1, nameof(features));
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var inputs = WithOne(features.to_type(ScalarType.Float64));
        var moments = inputs.t().mm(inputs).div(inputs.shape[0]).MoveToOuterDisposeScope();
        var gates = new List<Tensor>();
        var at = features;
        for (var layer = 0; layer + 1 < model.Weights.Count; layer++)
        {
            var output = model.Layer(layer, layer == 0 ? at : model.Shape.Activate(at));
            var rates = cat([output.gt(0).to_type(ScalarType.Float64).mean([0L]), ones(1, ScalarType.Float64)]);
            var gate = rates.outer(rates);
            gates.Add(gate.add(diag(rates.sub(rates.square()))).DetachFromDisposeScope());
            at = output;
        }

        return new LaftrSummary(model.Shape, moments.DetachFromDisposeScope(), [.. gates]);
    }

    /// <summary>An estimate of <c>E‖f(x, θ₀) − f(x, θ₁)‖²</c> over logits.</summary>
    /// <param name="first">θ₀, the network that was summed up.</param>
    /// <param name="second">θ₁, of the same shape.</param>
    /// <exception cref="ArgumentException">One has another shape.</exception>
    public double SquaredDistance(Classifier first, Classifier second)
    {
        if (!SameShape(first.Shape) || !SameShape(second.Shape))
        {
            throw new ArgumentException("Both networks must have the shape of the one that was summed up.");
        }

        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var a = _moments;
        var (cross, change) = (zeros_like(a), zeros_like(a)); // E[daᵀ], E[ddᵀ]
        for (var layer = 0; layer < first.Weights.Count; layer++)
        {
            var w0 = Whole(first, layer);
            var w = Whole(second, layer);
            var delta = w.sub(w0);
            var mixed = w.mm(cross).mm(delta.t());
            change = w.mm(change).mm(w.t()).add(mixed).add(mixed.t()).add(delta.mm(a).mm(delta.t()));
            cross = w.mm(cross).add(delta.mm(a)).mm(w0.t());
            a = w0.mm(a).mm(w0.t());
            if (layer < _gates.Length)
            {
                (a, cross, change) = (a.mul(_gates[layer]), cross.mul(_gates[layer]), change.mul(_gates[layer]));
            }
        }

        return change.trace().item<double>();
    }

    public void Dispose()
    {
        _moments.Dispose();
        foreach (var gate in _gates)
        {
            gate.Dispose();
        }
    }

    private bool SameShape(ClassifierShape shape) => shape.Activation == _shape.Activation && shape.Layers.SequenceEqual(_shape.Layers);

    private static Tensor WithOne(Tensor x) => cat([x, ones([x.shape[0], 1], x.dtype)], 1);

    /// <summary>Weights and bias as one matrix that takes a last 1 to itself: (out + 1, in + 1).</summary>
    private static Tensor Whole(Classifier model, int layer)
    {
        var rows = cat([model.Weights[layer], model.Biases[layer].unsqueeze(1)], 1).to_type(ScalarType.Float64);
        var last = zeros([1, rows.shape[1]], ScalarType.Float64);
        last[0, rows.shape[1] - 1] = 1;
        return cat([rows, last], 0);
    }
}
