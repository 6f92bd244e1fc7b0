using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Models;

/// <summary>
/// Captures, without hooks, what influence needs of one forward pass: a zero tensor is added to every tracked layer's
/// output, so one <c>autograd.grad(loss_sum, taps.Tensors)</c> gives s = ∂loss/∂out per token for all layers at once;
/// with the saved inputs a, a layer's weight gradient is Σ_t s_t a_tᵀ.
/// </summary>
/// <remarks>
/// s is zero where no loss follows, padding included. a is not: at padding positions it holds whatever the layer saw,
/// so sums over a alone (the Kronecker factor A) must leave those positions out.
/// </remarks>
public sealed class TapSet : IDisposable
{
    private readonly Tensor[] _tensors;
    private readonly Tensor?[] _inputs;
    private Tensor? _lastInput;
    private int _lastLayer;

    private TapSet(Tensor[] tensors)
    {
        _tensors = tensors;
        _inputs = new Tensor?[tensors.Length];
    }

    /// <summary>One leaf a tracked layer, in their order: (batch, time, out), all zero.</summary>
    public IReadOnlyList<Tensor> Tensors => _tensors;

    /// <summary>
    /// After a forward pass, each tracked layer's input, detached: (batch, time, in). Layers that read one and the same input
    /// (q, k and v; gate and up) share one tensor object, so that what is computed of it need be computed only once.
    /// </summary>
    /// <exception cref="InvalidOperationException">No forward pass has used this set yet.</exception>
    public IReadOnlyList<Tensor> Inputs => Array.TrueForAll(_inputs, input => input is not null)
        ? Array.ConvertAll(_inputs, input => input!)
        : throw new InvalidOperationException("Run Forward with this tap set first.");

    /// <summary>Taps for one pass over ids of shape (batch, time); the next pass needs a set of its own.</summary>
    public static TapSet Create(LanguageModel model, long batch, long time)
    {
        // One stored zero, expanded: a tap costs no memory.
        using Tensor zero = zeros([1], model.DType, model.Device);
        return new TapSet([.. model.TrackedLinears.Select(linear =>
            zero.expand(batch, time, linear.Outputs).detach().requires_grad_(true).DetachFromDisposeScope())]);
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _tensors)
        {
            tensor.Dispose();
        }

        foreach (Tensor? input in _inputs.Distinct())
        {
            input?.Dispose();
        }

        _lastInput = null;
    }

    /// <summary>Keeps the layer's input and adds the tap to its output; both (batch · time, width).</summary>
    internal Tensor Tap(int layer, Tensor input, Tensor output)
    {
        Tensor tap = _tensors[layer];
        _inputs[layer] = ReferenceEquals(input, _lastInput)
            ? _inputs[_lastLayer]
            : input.detach().view(tap.shape[0], tap.shape[1], input.shape[1]).DetachFromDisposeScope();
        (_lastInput, _lastLayer) = (input, layer);
        return output.add(tap.view(output.shape));
    }
}
