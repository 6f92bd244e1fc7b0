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
    private readonly int _head; // place of the LM head's tap, and of the embedding's; -1: not tracked
    private readonly int _embedding;
    private readonly Dictionary<Tensor, Tensor> _seen = new(ReferenceEqualityComparer.Instance); // what was kept of an input

    private TapSet(int layers, bool head, bool embedding, long batch, long time)
    {
        (_batch, _time) = (batch, time);
        (_head, _embedding) = (head ? layers : -1, embedding ? layers + (head ? 1 : 0) : -1);
        Count = layers + (head ? 1 : 0) + (embedding ? 1 : 0);
        (_tensors, _inputs) = (new Tensor?[Count], new Tensor?[Count]);
    }

    /// <summary>How many taps: one for each linear layer of the blocks, then the LM head's and the token embedding's where they are tracked.</summary>
    public int Count { get; }

    /// <summary>After a forward pass, each tracked layer's output, in their order: (batch, time, out), what the pass went on with.</summary>
    /// <exception cref="InvalidOperationException">No forward pass has used this set yet.</exception>
    public IReadOnlyList<Tensor> Tensors => Seen(_tensors);

    /// <summary>
    /// After a forward pass, each tracked layer's input, detached: (batch, time, in). Layers that read one and the same input
    /// (q, k and v; gate and up) share one tensor object, so that what is computed of it need be computed only once. The embedding's are the
    /// ids, int64 (batch, time).
    /// </summary>
    /// <exception cref="InvalidOperationException">No forward pass has used this set yet.</exception>
    public IReadOnlyList<Tensor> Inputs => Seen(_inputs);

    /// <summary>One layer's output, where others may not have been computed yet.</summary>
    internal Tensor OutputOf(int layer) => _tensors[layer] ?? throw new InvalidOperationException($"Layer {layer} wasn't computed.");

    /// <summary>Lets go of a layer's output, whose gradient is taken; its input stays.</summary>
    internal void Release(int layer) => _tensors[layer]?.Dispose();

    /// <summary>Taps for one pass over ids of shape (batch, time); the next pass needs a set of its own.</summary>
    /// <param name="model">The model. With adapters attached theirs alone are tapped, whatever the scope.</param>
    /// <param name="batch">Rows of ids.</param>
    /// <param name="time">Ids of a row.</param>
    /// <param name="scope">Which layers. A head is tapped in passes that compute all logits.</param>
    public static TapSet Create(LanguageModel model, long batch, long time, LayerScope scope = LayerScope.Blocks)
    {
        var (head, embedding) = scope.Ends(model);
        return new(model.TrackedLinears.Count, head, embedding, batch, time);
    }

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
            kept = input.detach().view([_batch, _time, .. input.shape[1..]]).DetachFromDisposeScope();
            _seen.Add(input, kept);
        }

        _inputs[layer] = kept;
        var tap = output.view(_batch, _time, output.shape[1]).DetachFromDisposeScope();
        _tensors[layer] = tap;
        // A view of the tap, not the output itself: gradients must flow through the tap.
        return tap.view(output.shape);
    }

    /// <summary>Keeps ids, (batch · time), and the embedding's output, where that is tracked; the pass must go on with what is returned.</summary>
    internal Tensor TapEmbedding(Tensor ids, Tensor output) => _embedding < 0 ? output : Tap(_embedding, ids, output);

    /// <summary>Keeps what the LM head reads, and the logits, where it is tracked; the pass must go on with what is returned.</summary>
    internal Tensor TapHead(Tensor hidden, Tensor logits) => _head < 0 ? logits : Tap(_head, hidden, logits);

    /// <summary>The logits, as a list of one; empty where the head isn't tracked.</summary>
    internal IReadOnlyList<Tensor> HeadOutput => _head < 0 ? [] : [OutputOf(_head)];

    /// <summary>Puts gradients that were taken outside of the graph of all taps in their places, and keeps the embedding's ids.</summary>
    /// <param name="found">Gradients by tap.</param>
    /// <param name="logits">The head's; empty where it isn't tracked.</param>
    /// <param name="embedded">The embedding's, (batch · time, d).</param>
    /// <param name="ids">(batch · time).</param>
    internal void PutEnds(Tensor[] found, ReadOnlySpan<Tensor> logits, Tensor embedded, Tensor ids)
    {
        if (_head >= 0)
        {
            found[_head] = logits[0];
        }

        if (_embedding >= 0)
        {
            found[_embedding] = embedded.view(_batch, _time, embedded.shape[1]);
            _inputs[_embedding] = ids.view(_batch, _time).DetachFromDisposeScope();
        }
    }

    private static Tensor[] Seen(Tensor?[] tensors) => Array.TrueForAll(tensors, tensor => tensor is not null)
        ? Array.ConvertAll(tensors, tensor => tensor!)
        : throw new InvalidOperationException("Run Forward with this tap set first.");
}

/// <summary>Which layers attribution tracks. Norms, and learned positions (gpt2's), are in none.</summary>
public enum LayerScope
{
    /// <summary>The linear layers of attention and MLP.</summary>
    Blocks,

    /// <summary>And the LM head.</summary>
    Head,

    /// <summary>And the token embedding. A matrix that is head and embedding is two layers, one for each use.</summary>
    All,

    /// <summary>As all, but a matrix that is head and embedding is the one parameter that it is: its gradient is the sum over both uses.</summary>
    Tied,
}

/// <summary>What a scope means for a model.</summary>
public static class LayerScopes
{
    /// <summary>Whether the LM head is tracked, and whether the token embedding is. Of a model with adapters neither: only those were trained.</summary>
    public static (bool Head, bool Embedding) Ends(this LayerScope scope, LanguageModel model) => model.Adapters is null
        ? scope.Ends()
        : (false, false);

    /// <summary>The same of any model without adapters.</summary>
    public static (bool Head, bool Embedding) Ends(this LayerScope scope) =>
        (scope != LayerScope.Blocks, scope is LayerScope.All or LayerScope.Tied);

    /// <summary>A model's token embedding and LM head, (V, d) each; one and the same where they are tied.</summary>
    /// <exception cref="InvalidOperationException">Adapters are attached: then neither is among its parameters.</exception>
    public static (Parameter Embedding, Parameter Head) VocabularyMatrices(this LanguageModel model)
    {
        var (embedding, head) = ParameterLayout.Ends(model.Config);
        return (Named(embedding.Name), Named(head.Name));

        Parameter Named(string name) => model.Parameters.Single(parameter => parameter.Name == name);
    }
}
