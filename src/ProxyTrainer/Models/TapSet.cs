namespace Tda.ProxyTrainer.Models;

/// <summary>
/// Captures, without hooks, what influence needs of one forward pass: every tracked layer's output is kept as a node of the graph, so one
/// <c>autograd.grad(loss_sum, taps.Tensors)</c> gives s = ∂loss/∂out per token for all layers at once, and no gradient of a weight is
/// ever formed; with the saved inputs a, a layer's weight gradient is Σ_t s_t a_tᵀ.
/// </summary>
/// <remarks>
/// s is zero where no loss follows, padding included. a is not: at padding positions it holds whatever the layer saw,
/// so sums over a alone (the Kronecker factor A) must leave those positions out.
/// </remarks>
public sealed class TapSet : IDisposable
{
    private readonly long _batch;
    private readonly long _time;
    private readonly Tensor?[] _tensors;
    private readonly Tensor?[] _inputs;
    private readonly Dictionary<Tensor, Tensor> _seen = new(ReferenceEqualityComparer.Instance); // what was kept of an input

    private TapSet(int layers, long batch, long time)
    {
        (_batch, _time) = (batch, time);
        (_tensors, _inputs) = (new Tensor?[layers], new Tensor?[layers]);
    }

    /// <summary>After a forward pass, each tracked layer's output, in their order: (batch, time, out), what the pass went on with.</summary>
    /// <exception cref="InvalidOperationException">No forward pass has used this set yet.</exception>
    public IReadOnlyList<Tensor> Tensors => Seen(_tensors);

    /// <summary>
    /// After a forward pass, each tracked layer's input, detached: (batch, time, in). Layers that read one and the same input
    /// (q, k and v; gate and up) share one tensor object, so that what is computed of it need be computed only once.
    /// </summary>
    /// <exception cref="InvalidOperationException">No forward pass has used this set yet.</exception>
    public IReadOnlyList<Tensor> Inputs => Seen(_inputs);

    /// <summary>One layer's output, where others may not have been computed yet.</summary>
    internal Tensor OutputOf(int layer) => _tensors[layer] ?? throw new InvalidOperationException($"Layer {layer} wasn't computed.");

    /// <summary>Lets go of a layer's output, whose gradient is taken; its input stays.</summary>
    internal void Release(int layer) => _tensors[layer]?.Dispose();

    /// <summary>Taps for one pass over ids of shape (batch, time); the next pass needs a set of its own.</summary>
    public static TapSet Create(LanguageModel model, long batch, long time) => new(model.TrackedLinears.Count, batch, time);

    public void Dispose()
    {
        foreach (Tensor? tensor in _tensors.Concat(_inputs).Distinct(ReferenceEqualityComparer.Instance))
        {
            tensor?.Dispose();
        }

        _seen.Clear();
    }

    /// <summary>Keeps the layer's input and its output, both (batch · time, width); the pass must go on with what is returned.</summary>
    internal Tensor Tap(int layer, Tensor input, Tensor output)
    {
        if (!_seen.TryGetValue(input, out var kept))
        {
            kept = input.detach().view(_batch, _time, input.shape[1]).DetachFromDisposeScope();
            _seen.Add(input, kept);
        }

        _inputs[layer] = kept;
        var tap = output.view(_batch, _time, output.shape[1]).DetachFromDisposeScope();
        _tensors[layer] = tap;
        // A view of the tap, not the output itself: gradients must flow through the tap.
        return tap.view(output.shape);
    }

    private static Tensor[] Seen(Tensor?[] tensors) => Array.TrueForAll(tensors, tensor => tensor is not null)
        ? Array.ConvertAll(tensors, tensor => tensor!)
        : throw new InvalidOperationException("Run Forward with this tap set first.");
}
