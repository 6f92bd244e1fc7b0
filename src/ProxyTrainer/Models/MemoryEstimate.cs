namespace Tda.ProxyTrainer.Models;

/// <summary>
/// What training or running a model needs, in bytes, from its shape alone. A count of the tensors that live at the
/// same time, not of an allocator's slack: plan with a third on top.
/// </summary>
public sealed record MemoryEstimate
{
    /// <summary>The flat buffer.</summary>
    public required long Weights { get; init; }

    /// <summary>AdamW's two moments; 0 for inference.</summary>
    public required long Optimizer { get; init; }

    /// <summary>Gradients, twice: by tensor and flat; 0 for inference.</summary>
    public required long Gradients { get; init; }

    /// <summary>What backward needs of the forward pass, and the logits with their gradient.</summary>
    public required long Activations { get; init; }

    public long Total => Weights + Optimizer + Gradients + Activations;

    /// <param name="config">The shape.</param>
    /// <param name="batchTokens">Tokens a batch, padding included.</param>
    /// <param name="sequence">Their longest row; attention keeps a square of it.</param>
    /// <param name="bytes">Bytes a number: 4 for float32.</param>
    public static MemoryEstimate Training(ModelConfig config, int batchTokens, int sequence, int bytes = 4)
    {
        // Kept for backward per token and block: two norms (input, output), q, k, v before and after the split into
        // heads, mixed heads twice, three or four of MLP width; and softmax's output per head and key.
        long d = config.HiddenSize;
        var block = (14 * d) + ((config.Family == ModelFamily.Llama ? 4L : 2L) * config.IntermediateSize) + ((long)config.Heads * sequence);
        var head = 3L * config.VocabularySize; // logits, log-probabilities, their gradient
        return new MemoryEstimate
        {
            Weights = config.ParameterCount * bytes,
            Optimizer = 2 * config.ParameterCount * bytes,
            Gradients = 2 * config.ParameterCount * bytes,
            Activations = batchTokens * ((block * config.Layers) + (4 * d) + head) * bytes,
        };
    }

    /// <param name="config">The shape.</param>
    /// <param name="rows">Sequences generated at a time.</param>
    /// <param name="bytes">Bytes a number.</param>
    public static MemoryEstimate Generation(ModelConfig config, int rows, int bytes = 4)
    {
        var cache = 2L * config.Layers * config.KeyValueHeads * config.HeadSize * config.MaxPositions;
        return new MemoryEstimate
        {
            Weights = config.ParameterCount * bytes,
            Optimizer = 0,
            Gradients = 0,
            Activations = rows * (cache + (2L * config.VocabularySize)) * bytes,
        };
    }
}
