namespace Tda.ProxyTrainer.Classifiers;

/// <summary>
/// K classifiers of one shape as one: the first layer, which all share the input of, is one matrix (F, K·out), the others are
/// batches of K matrices. A pass over all of them is then a few large products, not K small ones. Owns its tensors.
/// </summary>
public sealed class ClassifierStack : IDisposable
{
    private ClassifierStack(ClassifierShape shape, int count, Tensor[] weights, Tensor[] biases)
    {
        (Shape, Count) = (shape, count);
        (Weights, Biases) = (weights, biases);
    }

    /// <summary>Their layers.</summary>
    public ClassifierShape Shape { get; }

    /// <summary>K.</summary>
    public int Count { get; }

    /// <summary>Layer 0: (F, K, out). Others: (K, in, out).</summary>
    internal IReadOnlyList<Tensor> Weights { get; }

    /// <summary>(K, 1, out).</summary>
    internal IReadOnlyList<Tensor> Biases { get; }

    /// <summary>
    /// Fresh weights N(0, 2/in) before a ReLU, N(0, 1/in) elsewhere, biases 0, from our own generator: model k is a function of its
    /// seed alone, not of its neighbours.
    /// </summary>
    public static ClassifierStack Create(ClassifierShape shape, IReadOnlyList<long> seeds, ScalarType dtype)
    {
        shape.Validate();
        ArgumentOutOfRangeException.ThrowIfZero(seeds.Count, nameof(seeds));
        using var scope = NewDisposeScope();
        var layers = shape.Layers;
        var (weights, biases) = (new Tensor[layers.Count], new Tensor[layers.Count]);
        for (var l = 0; l < layers.Count; l++)
        {
            var (inputs, outputs) = layers[l];
            var scale = Math.Sqrt((l < layers.Count - 1 && shape.Activation == ClassifierActivation.Relu ? 2.0 : 1.0) / inputs);
            var each = seeds.Select(seed => tensor(
                SplitMix64.Of(seed, $"layers.{l}.weight").Normals((long)inputs * outputs, scale), [inputs, outputs]));
            weights[l] = stack(each, l == 0 ? 1 : 0).to_type(dtype).DetachFromDisposeScope();
            biases[l] = zeros([seeds.Count, 1, outputs], dtype: dtype).DetachFromDisposeScope();
        }
        return new ClassifierStack(shape, seeds.Count, weights, biases);
    }

    /// <summary>Logits (K, B, C) of features (B, F).</summary>
    public Tensor Forward(Tensor features) => Inputs(features)[^1];

    /// <summary>Cross-entropy in nats, (K, B), of labels (B), int64.</summary>
    public Tensor Losses(Tensor features, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var log = Forward(features).log_softmax(-1);
        return log.gather(-1, labels.reshape(1, -1, 1).expand(Count, -1, -1)).squeeze(-1).neg().MoveToOuterDisposeScope();
    }

    /// <summary>A copy of one model.</summary>
    public Classifier Model(int k)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        return new Classifier(
            Shape,
            [.. Weights.Select((w, l) => w.select(l == 0 ? 1 : 0, k).transpose(0, 1).contiguous().clone())],
            [.. Biases.Select(b => b.select(0, k).reshape(-1).clone())]);
    }

    /// <summary>The inputs of every layer, each after its activation, (K, B, in), but the first's, which is the features; last the logits.</summary>
    internal Tensor[] Inputs(Tensor features)
    {
        var layers = Shape.Layers;
        var inputs = new Tensor[layers.Count + 1];
        inputs[0] = features;
        for (var l = 0; l < layers.Count; l++)
        {
            var output = l == 0
                ? features.matmul(Weights[0].reshape(layers[0].Inputs, -1)).view(features.shape[0], Count, layers[0].Outputs).transpose(0, 1).add(Biases[0])
                : inputs[l].bmm(Weights[l]).add_(Biases[l]);
            inputs[l + 1] = l + 1 < layers.Count ? Hidden(output) : output;
        }
        return inputs;
    }

    /// <summary>Σ_b w_kb·loss_kb's gradient, in the weights' shapes: first the weights', then the biases'.</summary>
    /// <param name="features">(B, F).</param>
    /// <param name="targets">t, (B, C): distributions over the classes.</param>
    /// <param name="rowWeights">w, (K, B).</param>
    internal (Tensor[] Weights, Tensor[] Biases) Gradients(Tensor features, Tensor targets, Tensor rowWeights)
    {
        // By hand, since autograd would keep, and LibTorch allocate, twice the memory for the same products.
        var layers = Shape.Layers;
        var inputs = Inputs(features);
        var (weights, biases) = (new Tensor[layers.Count], new Tensor[layers.Count]);
        // ∂/∂z of w·(logsumexp z − Σ t z), the cross-entropy where Σ t = 1, is w·(softmax z − t).
        var s = inputs[^1].softmax(-1).sub_(targets).mul_(rowWeights.unsqueeze(-1));
        for (var l = layers.Count - 1; l >= 0; l--)
        {
            biases[l] = s.sum([1L], keepdim: true);
            weights[l] = l == 0
                ? features.transpose(0, 1).matmul(s.transpose(0, 1).reshape(features.shape[0], -1)).view(layers[0].Inputs, Count, layers[0].Outputs)
                : inputs[l].transpose(1, 2).bmm(s);
            if (l > 0)
            {
                s = s.bmm(Weights[l].transpose(1, 2)).mul_(Slope(inputs[l]));
            }
        }
        return (weights, biases);
    }

    /// <summary>The activation, in place: K models' hidden layers are the largest tensors here.</summary>
    private Tensor Hidden(Tensor x) => Shape.Activation == ClassifierActivation.Tanh ? x.tanh_() : x.relu_();

    /// <summary>The activation's derivative, from its output.</summary>
    private Tensor Slope(Tensor output) =>
        Shape.Activation == ClassifierActivation.Tanh ? output.square().neg_().add_(1) : output.gt(0).to_type(output.dtype);

    public void Dispose()
    {
        foreach (var t in Weights.Concat(Biases))
        {
            t.Dispose();
        }
    }
}
