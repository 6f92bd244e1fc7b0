namespace Tda.ProxyTrainer.Classifiers;

/// <summary>One trained classifier. Owns its tensors.</summary>
public sealed class Classifier : IDisposable
{
    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="shape">Its layers.</param>
    /// <param name="weights">Per layer (out, in).</param>
    /// <param name="biases">Per layer (out).</param>
    public Classifier(ClassifierShape shape, IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor> biases)
    {
        Shape = shape;
        Weights = [.. weights.Select(t => t.DetachFromDisposeScope())];
        Biases = [.. biases.Select(t => t.DetachFromDisposeScope())];
        for (var l = 0; l < shape.Layers.Count; l++)
        {
            var (inputs, outputs) = shape.Layers[l];
            if (!Weights[l].shape.SequenceEqual([outputs, inputs]) || !Biases[l].shape.SequenceEqual([outputs]))
            {
                throw new ArgumentException($"layer {l}: a weight of ({string.Join(", ", Weights[l].shape)}) for {inputs} inputs and {outputs} outputs", nameof(weights));
            }
        }
    }

    /// <summary>Its layers.</summary>
    public ClassifierShape Shape { get; }

    /// <summary>Per layer (out, in).</summary>
    public IReadOnlyList<Tensor> Weights { get; }

    /// <summary>Per layer (out).</summary>
    public IReadOnlyList<Tensor> Biases { get; }

    /// <summary>The output of one layer before its activation: (…, in) to (…, out).</summary>
    public Tensor Layer(int layer, Tensor input) => input.matmul(Weights[layer].transpose(0, 1)).add(Biases[layer]);

    /// <summary>Logits (B, C) of features (B, F).</summary>
    public Tensor Forward(Tensor features)
    {
        var at = features;
        for (var l = 0; l < Weights.Count; l++)
        {
            at = Layer(l, l == 0 ? at : Shape.Activate(at));
        }

        return at;
    }

    public void Dispose()
    {
        foreach (var t in Weights.Concat(Biases))
        {
            t.Dispose();
        }
    }
}
