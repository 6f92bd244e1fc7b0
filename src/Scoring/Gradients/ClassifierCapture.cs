using Tda.ProxyTrainer.Classifiers;

namespace Tda.Scoring.Gradients;

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

    /// <summary>1: an example has one prediction.</summary>
    public int MaxPositions => 1;

    /// <inheritdoc/>
    public ScalarType DType => model.Weights[0].dtype;

    /// <inheritdoc/>
    public Device Device => model.Weights[0].device;

    /// <summary>Logits (B, 1, C) of feature rows (B, 1).</summary>
    /// <exception cref="ArgumentException">More than one position a row: a classifier's examples don't mix.</exception>
    public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
    {
        if (ids.shape[1] != 1)
        {
            throw new ArgumentException($"rows of {ids.shape[1]} positions; a classifier's have one", nameof(ids));
        }

        var (taps, inputs) = (new Tensor[Modules.Count], new Tensor[Modules.Count]);
        var at = features.index_select(0, ids.reshape(-1)).unsqueeze(1);
        for (var l = 0; l < Modules.Count; l++)
        {
            inputs[l] = l == 0 ? at : model.Shape.Activate(at);
            taps[l] = zeros([ids.shape[0], 1, Modules[l].Outputs], dtype: DType, device: Device).requires_grad_(true);
            at = model.Layer(l, inputs[l]).add(taps[l]);
        }
        return new ForwardCapture(at, taps, inputs);
    }
}

/// <summary>Examples of a classifier as rows.</summary>
public static class ClassifierRows
{
    /// <summary>One row of one position an example: example i is row <paramref name="first"/> + i of the features.</summary>
    /// <param name="ids">Ids of the examples.</param>
    /// <param name="labels">Their classes, from 0.</param>
    /// <param name="first">Place of the first in the table of features.</param>
    public static MemoryRows Of(IReadOnlyList<string> ids, IReadOnlyList<int> labels, int first) =>
        new(ids, [.. labels.Select((label, i) => new TokenRow(i, [first + i, label], 1, 0, RowKey.Of(ids[i], 1)))]);
}

/// <summary>A classifier's checkpoints as methods take them.</summary>
public static class ClassifierTrajectory
{
    /// <summary>The points of a run; checkpoints and features stay the caller's and must outlive them.</summary>
    /// <param name="checkpoints">Oldest first.</param>
    /// <param name="features">(rows, F) in the models' type: documents and queries.</param>
    /// <param name="momentum">β of the run's options.</param>
    /// <param name="capture">How gradients are captured.</param>
    public static IReadOnlyList<TrajectoryPoint> Of(
        IReadOnlyList<ClassifierCheckpoint> checkpoints, Tensor features, double momentum, CaptureOptions? capture = null) =>
        [.. checkpoints.Select(c =>
        {
            var model = new ClassifierCapture(c.Model, features);
            return new TrajectoryPoint(
                c.Step, c.LearningRate, c.Steps, momentum,
                () => new OpenedCapture(new GradientCapture(model, capture), null),
                c.SecondMoments is { } moments ? () => Copied(model.Modules, moments) : null);
        })];

    // The scope holds on to the views: a collection may end one that nothing holds while native code still copies from it.
    private static ModuleGradients Copied(IReadOnlyList<ModuleShape> modules, IEnumerable<Tensor> moments)
    {
        using var scope = NewDisposeScope();
        return new ModuleGradients(modules, [.. moments.Select(m => m.unsqueeze(0).clone())]);
    }
}
