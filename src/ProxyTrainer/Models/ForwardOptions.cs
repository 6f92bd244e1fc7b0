using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Models;

/// <summary>What a forward pass does beyond turning ids into logits.</summary>
public sealed record ForwardOptions
{
    /// <summary>
    /// Tokens of each row that count, the rest being padding on the right; null: all. Only a pass with a cache needs it:
    /// attention is causal, so padding on the right never reaches a token before it.
    /// </summary>
    public IReadOnlyList<int>? Lengths { get; init; }

    /// <summary>Captures inputs and output gradients of the tracked layers.</summary>
    public TapSet? Taps { get; init; }

    /// <summary>
    /// Gradients of gradients will be taken: attention is then composed of operators that have second derivatives, which the fused one,
    /// a third faster on long rows, doesn't.
    /// </summary>
    public bool SecondOrder { get; init; }

    /// <summary>Keys and values of earlier passes; this pass appends its own.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>Which row of the cache each row of ids continues; null: the first rows, in order.</summary>
    public IReadOnlyList<int>? CacheRows { get; init; }

    /// <summary>
    /// int64 (n): flat positions row · T + t whose logits are wanted, giving (n, V) instead of (B, T, V). The head is the
    /// widest layer of a small model: prompts and padding shouldn't pay for it.
    /// </summary>
    public Tensor? LogitPositions { get; init; }
}
