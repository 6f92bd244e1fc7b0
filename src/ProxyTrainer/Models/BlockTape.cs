using Tda.ProxyTrainer.Engine;

namespace Tda.ProxyTrainer.Models;

/// <summary>
/// Passes through a model that keep of each block its input alone; gradients compute the blocks again, from the last to the first, one at a time
/// (Chen et al. 2016, 1604.06174, with a block as the segment). What lives at once is a block's graph instead of all blocks', for one more forward
/// pass. The operations are those of a whole graph in the same order, so the gradients are the same to the bit.
/// <list type="number">
/// <item>While it records, passes on its thread run their blocks without a graph; the last block's output begins the graph of whatever follows.</item>
/// <item>The gradient of what followed, at that output.</item>
/// <item>For each block: computed again from its kept input, differentiated by its parameters or taps, and by its input, whose gradient the
/// block before needs.</item>
/// <item>The embeddings, of whose weights a tied head has used some already: both gradients add up.</item>
/// </list>
/// </summary>
/// <remarks>Passes with a cache, without gradients, or to be differentiated twice run as ever. Tensors belong to the dispose scope of the pass.</remarks>
public sealed class BlockTape : IDisposable
{
    [ThreadStatic]
    private static BlockTape? _current;

    private readonly LanguageModel _model;
    private readonly BlockTape? _outer;
    private readonly List<RecordedPass> _passes = [];
    private readonly int[] _blockOf; // parameter -> its block; -1: embeddings, head, last norm

    private BlockTape(LanguageModel model)
    {
        (_model, _outer) = (model, _current);
        _blockOf = [.. model.Parameters.Select(parameter => ParameterSpec.BlockOf(parameter.Name))];
        _current = this;
    }

    /// <summary>Begins to record this thread's passes through a model, until it is disposed of; then it can still be differentiated.</summary>
    public static BlockTape Record(LanguageModel model) => new(model);

    /// <summary>∂loss/∂θ for every parameter, in their order, in the current dispose scope.</summary>
    /// <param name="loss">A single number that depends on the recorded passes.</param>
    /// <exception cref="ArgumentException">It depends on no recorded pass, or not on every parameter.</exception>
    public Tensor[] ParameterGradients(Tensor loss)
    {
        RequirePasses();
        var found = new Tensor?[_model.Parameters.Count];

        // 2. Above the blocks.
        var outside = Members(-1);
        var above = Autograd.GradOrNull([loss], [.. _passes.Select(pass => pass.Top), .. Tensors(outside)]);
        Add(found, outside, above[_passes.Count..]);
        for (var p = 0; p < _passes.Count; p++)
        {
            // 3. The blocks.
            var gradient = above[p] ?? throw new ArgumentException("The loss doesn't depend on every recorded pass.", nameof(loss));
            for (var layer = _model.Config.Layers - 1; layer >= 0; layer--)
            {
                var members = Members(layer);
                var gradients = BlockGradients(_passes[p], layer, members, gradient);
                Add(found, members, gradients[1..]);
                gradient.Dispose();
                gradient = gradients[0]!;
            }

            // 4. The embeddings.
            using var grad = enable_grad();
            var embedded = _model.Embed(_passes[p].Ids, _passes[p].Pass);
            if (outside.Length > 0 && embedded.requires_grad)
            {
                Add(found, outside, Autograd.GradOrNull([embedded], Tensors(outside), [gradient]));
            }
        }

        var missing = Array.IndexOf(found, null);
        return missing < 0 ? [.. found.Select(gradient => gradient!)] : throw new ArgumentException($"{_model.Parameters[missing].Name} is not part of the loss's graph.", nameof(loss));
    }

    /// <summary>
    /// <c>Σ gᵀ ∂output/∂out</c> for the output of every tracked layer of the one recorded pass, (batch, time, out); its inputs are in the pass's taps
    /// then.
    /// </summary>
    /// <param name="output">What is differentiated.</param>
    /// <param name="weight">g, of its shape; null where it is a single number.</param>
    /// <exception cref="InvalidOperationException">There isn't one recorded pass, with taps.</exception>
    public Tensor[] TapGradients(Tensor output, Tensor? weight)
    {
        if (_passes is not [{ Taps: { } taps } pass])
        {
            throw new InvalidOperationException($"{_passes.Count} passes were recorded: it must be one, with taps.");
        }

        var found = new Tensor[taps.Count];
        var layers = _model.TrackedLinears.Select((linear, at) => (Block: ParameterSpec.BlockOf(linear.Name), at)).ToLookup(pair => pair.Block, pair => pair.at);

        // 2. Above the blocks.
        var above = Autograd.Grad([output], [pass.Top, .. taps.HeadOutput], weight is null ? null : [weight]);
        var gradient = above[0];
        for (var layer = _model.Config.Layers - 1; layer >= 0; layer--)
        {
            // 3. The blocks.
            using IDisposable scope = NewDisposeScope();
            int[] own = [.. layers[layer]];
            var (input, result) = Again(pass, layer, taps);
            var gradients = Autograd.Grad([result], [input, .. own.Select(taps.OutputOf)], [gradient]);
            for (var i = 0; i < own.Length; i++)
            {
                found[own[i]] = gradients[i + 1].MoveToOuterDisposeScope();
                taps.Release(own[i]);
            }

            gradient.Dispose();
            gradient = gradients[0].MoveToOuterDisposeScope();
        }

        // 4. The embedding: the first block's input is its output.
        taps.PutEnds(found, above.AsSpan(1), gradient, pass.Ids);
        return found;
    }

    /// <summary>Ends the recording.</summary>
    public void Dispose()
    {
        if (_current == this)
        {
            _current = _outer;
        }
    }

    /// <summary>The tape that must run a pass; null where the model runs it by itself.</summary>
    internal static BlockTape? For(ForwardPass pass, LanguageModel model) =>
        _current is { } tape && ReferenceEquals(tape._model, model) && !pass.HasCache && !pass.SecondOrder && is_grad_enabled() ? tape : null;

    /// <summary>The hidden states after the last norm, (B · T, d), of ids (B · T).</summary>
    internal Tensor Run(Tensor ids, ForwardPass pass)
    {
        var taps = pass.Taps;
        pass.Taps = null;
        var inputs = new Tensor[_model.Config.Layers];
        Tensor x;
        using (no_grad())
        {
            x = _model.Embed(ids, pass);
            for (var layer = 0; layer < inputs.Length; layer++)
            {
                inputs[layer] = x;
                using IDisposable scope = NewDisposeScope();
                x = _model.Block(layer, x, pass).MoveToOuterDisposeScope();
            }
        }

        // 1. From here on a graph is kept.
        var top = x.detach().requires_grad_(true);
        _passes.Add(new RecordedPass(ids, pass, taps, inputs, top));
        return _model.FinalNorm(top);
    }

    // By the block's input, then by its parameters; its graph is gone with the scope.
    private Tensor?[] BlockGradients(RecordedPass pass, int layer, int[] members, Tensor gradient)
    {
        using IDisposable scope = NewDisposeScope();
        var (input, output) = Again(pass, layer);
        return Array.ConvertAll(
            Autograd.GradOrNull([output], [input, .. Tensors(members)], [gradient]), part => part?.MoveToOuterDisposeScope());
    }

    private (Tensor Input, Tensor Output) Again(RecordedPass recorded, int layer, TapSet? taps = null)
    {
        using var grad = enable_grad();
        var input = recorded.Inputs[layer].detach().requires_grad_(true);
        recorded.Inputs[layer].Dispose(); // the leaf holds its memory
        recorded.Pass.Taps = taps;
        return (input, _model.Block(layer, input, recorded.Pass));
    }

    private void RequirePasses()
    {
        if (_passes.Count == 0)
        {
            throw new InvalidOperationException("No pass was recorded.");
        }
    }

    // Those that aren't trained have no gradient.
    private int[] Members(int block) =>
        [.. Enumerable.Range(0, _blockOf.Length).Where(i => _blockOf[i] == block && _model.Parameters[i].Tensor.requires_grad)];

    private Tensor[] Tensors(int[] members) => Array.ConvertAll(members, i => _model.Parameters[i].Tensor);

    private static void Add(Tensor?[] found, int[] members, Tensor?[] gradients)
    {
        for (var i = 0; i < members.Length; i++)
        {
            if (gradients[i] is { } gradient)
            {
                found[members[i]] = found[members[i]] is { } before ? before.add(gradient) : gradient;
            }
        }
    }

    private sealed record RecordedPass(Tensor Ids, ForwardPass Pass, TapSet? Taps, Tensor[] Inputs, Tensor Top);
}
