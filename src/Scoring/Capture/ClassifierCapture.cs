using Tda.ProxyTrainer.Classifiers;
using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>
/// Captures a <see cref="Classifier"/> over a table of features: a token id is a row of the table, the "vocabulary" the classes, and a
/// row of one position, <c>[feature row, label]</c>, an example. Owns neither.
/// </summary>
/// <param name="model">The classifier.</param>
/// <param name="features">(rows, F) in the model's type: documents and queries.</param>
public sealed class ClassifierCapture(Classifier model, Tensor features) : ICaptureModel
{
    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules { get; } =
        [.. model.Shape.Layers.Select((layer, l) => new ModuleShape($"layers.{l}", layer.Inputs, layer.Outputs, true))];

    /// <summary>Number of classes.</summary>
    public int VocabularySize => model.Shape.Classes;

    /// <summary>1: an example has one prediction.</summary>
    public int MaxPositions => 1;

    /// <inheritdoc/>
    public ScalarType DType => model.Weights[0].dtype;

    /// <inheritdoc/>
    public Device Device => model.Weights[0].device;

    /// <summary>Logits (B, 1, C) of feature rows (B, 1).</summary>
    /// <exception cref="ArgumentException">More than one position a row: a classifier's examples don't mix.</exception>
    public ForwardCapture Forward(Tensor ids)
    {
        if (ids.shape[1] != 1)
        {
            throw new ArgumentException($"rows of {ids.shape[1]} positions; a classifier's have one", nameof(ids));
        }

        var (taps, inputs) = (new Tensor[Modules.Count], new Tensor[Modules.Count]);
        var at = features.index_select(0, ids.reshape(-1)).unsqueeze(1);
        for (var l = 0; l < Modules.Count; l++)
        {
            inputs[l] = l == 0 ? at : at.relu();
            taps[l] = zeros([ids.shape[0], 1, Modules[l].Outputs], dtype: DType, device: Device).requires_grad_(true);
            at = model.Layer(l, inputs[l]).add(taps[l]);
        }
        return new ForwardCapture(at, taps, inputs);
    }
}
