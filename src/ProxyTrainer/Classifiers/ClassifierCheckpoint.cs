using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Classifiers;

/// <summary>A classifier on the way, for methods that unroll training. Owns its tensors.</summary>
/// <param name="Step">Optimiser steps taken until then.</param>
/// <param name="Steps">Of these, since the checkpoint before.</param>
/// <param name="LearningRate">Mean η of those; of an untrained model, the rate that it would start with.</param>
/// <param name="Model">The weights.</param>
/// <param name="SecondMoments">AdamW's bias-corrected v̂, per layer (out, in + 1), the bias last; null with SGD and if untrained.</param>
public sealed record ClassifierCheckpoint(
    int Step, int Steps, double LearningRate, Classifier Model, IReadOnlyList<Tensor>? SecondMoments) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        foreach (var t in SecondMoments ?? [])
        {
            t.Dispose();
        }
    }
}
