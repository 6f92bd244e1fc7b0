namespace Tda.ProxyTrainer.Models;

/// <summary>Weights that are trained together: leaf tensors that look into one flat buffer. Owns both.</summary>
/// <param name="Flat">The blocks' matrices, other matrices, then vectors.</param>
/// <param name="MatrixCount">How many leading numbers belong to matrices.</param>
/// <param name="BlockMatrixCount">How many leading numbers belong to linear layers of attention and MLP.</param>
/// <param name="Parameters">In the order of the buffer.</param>
/// <param name="TrackedLinears">The linear layers among them, from the first block on.</param>
internal sealed record TrainedWeights(
    Tensor Flat, long MatrixCount, long BlockMatrixCount, IReadOnlyList<Parameter> Parameters, IReadOnlyList<TrackedLinear> TrackedLinears) : IDisposable
{
    /// <summary>Whether a pass leaves them out of its graph: nothing is kept for a gradient of theirs.</summary>
    public void Freeze(bool frozen)
    {
        foreach (var parameter in Parameters)
        {
            parameter.Tensor.requires_grad_(!frozen);
        }
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters)
        {
            parameter.Tensor.Dispose();
        }

        Flat.Dispose();
    }
}
