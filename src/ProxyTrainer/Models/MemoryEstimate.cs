namespace Tda.ProxyTrainer.Models;

/// <summary>
/// What training a model needs, in bytes, from its shape alone. A count of the tensors that live at the
/// same time, not of an allocator's slack: plan with a third on top.
/// </summary>
/// <param name="Weights">The flat buffer.</param>
/// <param name="Optimizer">AdamW's two moments.</param>
/// <param name="Gradients">Gradients, twice: by tensor and flat.</param>
/// <param name="Activations">What backward needs of the forward pass, and the logits with their gradient.</param>
public sealed record MemoryEstimate(long Weights, long Optimizer, long Gradients, long Activations)
{
    private const int Bytes = 4; // of a float32

    public long Total => Weights + Optimizer + Gradients + Activations;

    /// <param name="config">The shape.</param>
    /// <param name="batchTokens">Tokens a batch, padding included.</param>
    /// <param name="sequence">Their longest row; attention keeps a square of it.</param>
    /// <param name="adapters">Numbers of the adapters that are trained instead of all weights; null: none.</param>
    public static MemoryEstimate Training(ModelConfig config, int batchTokens, int sequence, long? adapters = null)
    {
        // Kept for backward per token and block: two norms (input, output), q, k, v before and after the split into
        // heads, mixed heads twice, three or four of MLP width; and softmax's output per head and key.
        long d = config.HiddenSize;
        var block = (14 * d) + ((config.Family is ModelFamily.Gpt2 or ModelFamily.GptNeox ? 2L : 4L) * config.IntermediateSize) + ((long)config.Heads * sequence);
        var head = 3L * config.VocabularySize; // logits, log-probabilities, their gradient
        var weights = config.ParameterCount * Bytes;
        var trained = adapters * Bytes ?? weights;
        return new MemoryEstimate(weights + (adapters ?? 0) * Bytes, 2 * trained, 2 * trained, batchTokens * ((block * config.Layers) + (4 * d) + head) * Bytes);
    }
}
