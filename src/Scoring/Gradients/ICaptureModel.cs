using Tda.ProxyTrainer.Engine;

namespace Tda.Scoring.Gradients;

/// <summary>
/// What scoring needs of a model: a forward pass that hands back every tracked linear layer's input and its output as a node of the
/// graph ("tap"; a zero tensor added to the output serves too), so that one <c>autograd.grad</c> over the taps gives the gradients of all
/// layers' outputs, per token.
/// </summary>
public interface ICaptureModel
{
    /// <summary>The tracked linear layers, in the order of <see cref="ForwardCapture.Taps"/>.</summary>
    IReadOnlyList<ModuleShape> Modules { get; }

    /// <summary>Longest input in tokens.</summary>
    int MaxPositions { get; }

    /// <summary>The type of logits and of everything captured: float32, also of a model that computes in bfloat16, or float64 for reference runs.</summary>
    ScalarType DType { get; }

    /// <summary>Where the parameters live.</summary>
    Device Device { get; }

    /// <summary>Runs the model causally on right-padded token ids (B, T), int64.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="secondOrder">
    /// Gradients of gradients will be taken, or the graph be differentiated more than once: no operator without a second derivative may be used,
    /// and the whole graph is kept.
    /// </param>
    ForwardCapture Forward(Tensor ids, bool secondOrder = false);
}

/// <summary>A model whose tracked weights can be moved for a while.</summary>
public interface IShiftableModel : ICaptureModel
{
    /// <summary>
    /// Adds a direction, (1, out, columns) a module with the bias as last column, to the tracked weights until the returned object is
    /// disposed of, which restores them bit by bit. One shift at a time; no pass may run meanwhile on another thread.
    /// </summary>
    IDisposable Shift(ModuleGradients delta);
}

/// <summary>A forward pass with the handles to differentiate it by. Dispose of it once gradients are taken.</summary>
/// <param name="Logits">(B, T, V).</param>
/// <param name="Taps">
/// Per tracked layer: its output (B, T, out) as a node of the graph, or a zero tensor added to it; requires grad. In the parameters' type. A matrix
/// that is head and embedding at once has two, the head's and then the embedding's.
/// </param>
/// <param name="Inputs">Per tap: its input (B, T, in), without the bias column, in the parameters' type; of an embedding the ids, (B, T) int64.</param>
/// <param name="Owner">Owns taps and inputs, where they belong to no dispose scope.</param>
public sealed record ForwardCapture(
    Tensor Logits, IReadOnlyList<Tensor> Taps, IReadOnlyList<Tensor> Inputs, IDisposable? Owner = null) : IDisposable
{
    /// <summary>Where blocks are computed again as gradients are taken: how that is done. Then there are no taps, and inputs only afterwards.</summary>
    public Func<Tensor, Tensor?, Tensor[]>? Backward { get; init; }

    /// <summary>The gradients of all tracked layers' outputs, (B, T, out) each; once.</summary>
    /// <param name="output">What is differentiated.</param>
    /// <param name="weight">Of its shape; null where it is a single number.</param>
    public Tensor[] OutputGradients(Tensor output, Tensor? weight = null) => Backward is { } backward
        ? backward(output, weight)
        : Autograd.Grad([output], Taps, weight is null ? null : [weight]);

    /// <inheritdoc/>
    public void Dispose() => Owner?.Dispose();
}

/// <summary>
/// A tracked layer: its name in the surrogate and the shape of its weight gradient, which lies as the weight does. So LM head and token embedding have
/// one shape, (V, d), whether they are tied or not: an embedding's rows are its inputs.
/// </summary>
/// <param name="Name">The layer's name, e.g. <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Inputs">Width of the layer's input; of an embedding that of its output.</param>
/// <param name="Outputs">Width of the layer's output; of an embedding the tokens that there are.</param>
/// <param name="Bias">True when the layer has a bias: its gradient is the last column, fed by a column of ones.</param>
/// <param name="Role">What it is to the model. Default a linear layer of a block.</param>
public sealed record ModuleShape(string Name, int Inputs, int Outputs, bool Bias, LayerRole Role = LayerRole.Linear)
{
    /// <summary>Columns of the gradient matrix: the inputs, and one more for a bias.</summary>
    public int Columns => Inputs + (Bias ? 1 : 0);

    /// <summary>Elements of the gradient matrix (<see cref="Outputs"/> × <see cref="Columns"/>).</summary>
    public long Elements => (long)Outputs * Columns;

    /// <summary>Places in the graph where its gradient is taken.</summary>
    internal int Taps => Role == LayerRole.Tied ? 2 : 1;

    /// <summary>Numbers of four bytes that are captured of it for each position: s and a, or z and an id of eight bytes.</summary>
    internal long Captured => Role switch
    {
        LayerRole.Embedding => Columns + 2,
        LayerRole.Tied => (2L * Columns) + Outputs + 2,
        _ => (long)Columns + Outputs,
    };

    /// <summary>Whether its rows are the vocabulary.</summary>
    internal bool IsVocabulary => Role != LayerRole.Linear;
}

/// <summary>What a tracked layer is to the model.</summary>
public enum LayerRole
{
    /// <summary>A linear layer of a block: attention, MLP, an adapter, a classifier's layer.</summary>
    Linear,

    /// <summary>The LM head.</summary>
    Head,

    /// <summary>The token embedding, whose input is one-hot.</summary>
    Embedding,

    /// <summary>One matrix that is both.</summary>
    Tied,
}
