using Tda.ProxyTrainer.Engine;

namespace Tda.ProxyTrainer.Models;

/// <summary>
/// What a pass forwards and backwards through a model needs, in bytes, from its shape alone: a count of the tensors that live at the same time,
/// held against measurements of resident memory in docs/operations.md.
/// </summary>
/// <param name="Weights">The flat buffer.</param>
/// <param name="Optimizer">Two numbers for each weight, and float32 weights beside a bfloat16 model's.</param>
/// <param name="Gradients">A gradient of every weight, and as much once more while a step is made of it. Not of a capture.</param>
/// <param name="Activations">What backward needs of the forward pass, the logits, and what is captured.</param>
public sealed record MemoryEstimate(long Weights, long Optimizer, long Gradients, long Activations)
{
    private const long Wide = sizeof(float);

    // Logits, their log-probabilities, and the gradients of both.
    private const long LogitTensors = 4;

    /// <summary>Gradients come as activations go: whichever is more.</summary>
    public long Total => Weights + Optimizer + Math.Max(Activations, Gradients);

    /// <summary>A training step.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="tokens">Positions that are computed at once, padding included.</param>
    /// <param name="place">Numbers, and whether blocks are computed again; null: <see cref="ComputePlace.Current"/>.</param>
    /// <param name="adapters">Numbers of the adapters that are trained instead of all weights; null: none.</param>
    public static MemoryEstimate Training(ModelConfig config, long tokens, ComputePlace? place = null, long? adapters = null)
    {
        var shape = new BlockShape(config, place ?? ComputePlace.Current);
        var weights = config.ParameterCount * shape.Bytes;
        var wide = (adapters ?? config.ParameterCount) * Wide;
        var logits = LogitTensors * config.VocabularySize * Wide;
        var perToken = shape.Recompute
            ? (config.Layers * config.HiddenSize * shape.Bytes) + Math.Max(logits, 2 * shape.Kept(tapped: false))
            : (config.Layers * shape.Kept(tapped: false)) + logits;
        // The embedding's gradient, which comes last and of a tied head also first, is dense.
        var embedding = (long)config.VocabularySize * config.HiddenSize * shape.Bytes;
        return new MemoryEstimate(weights + ((adapters ?? 0) * shape.Bytes), (2 * wide) + (shape.Bytes < Wide ? wide : 0), 2 * wide, (tokens * perToken) + embedding);
    }

    /// <summary>Capturing inputs and output gradients of every tracked layer.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="tokens">Positions that are computed at once, padding included.</param>
    /// <param name="place">Numbers, and whether blocks are computed again; null: <see cref="ComputePlace.Current"/>.</param>
    /// <param name="scope">The tracked layers.</param>
    public static MemoryEstimate Capture(ModelConfig config, long tokens, ComputePlace? place = null, LayerScope scope = LayerScope.Blocks)
    {
        var shape = new BlockShape(config, place ?? ComputePlace.Current);
        var logits = LogitTensors * config.VocabularySize * Wide;
        // Before the gradient: the graph. After it: every layer's input with a copy that has no padding, its output, and the gradient of that.
        var captured = config.Layers * ((shape.Inputs * (shape.Bytes + Wide)) + (shape.Outputs * Wide));
        // The head's gradient is one more tensor of the logits' width, and the embedding's ids take two numbers.
        var (head, embedding) = scope.Ends();
        captured += (head ? (config.VocabularySize * Wide) + (config.HiddenSize * (shape.Bytes + Wide)) : 0) + (embedding ? (config.HiddenSize + 2) * Wide : 0);
        var graph = config.Layers * shape.Kept(tapped: true);
        var perToken = shape.Recompute
            ? Math.Max((config.Layers * config.HiddenSize * shape.Bytes) + logits, captured + (2 * shape.Kept(tapped: true)) + logits / LogitTensors)
            : Math.Max(graph + logits, captured + (config.Layers * shape.Outputs * shape.Bytes) + logits / LogitTensors);
        return new MemoryEstimate(config.ParameterCount * shape.Bytes, 0, 0, tokens * perToken);
    }

    /// <summary>What one block holds for each token.</summary>
    private readonly struct BlockShape(ModelConfig config, ComputePlace place)
    {
        private readonly long _d = config.HiddenSize;
        private readonly long _inner = config.IntermediateSize;
        private readonly long _q = (long)config.Heads * config.HeadSize;
        private readonly long _kv = (long)config.KeyValueHeads * config.HeadSize;

        /// <summary>Of a weight.</summary>
        public long Bytes => place.DType == ScalarType.BFloat16 ? 2 : Wide;

        public bool Recompute => place.Recompute;

        /// <summary>Numbers that the tracked layers read, those that several read counted once.</summary>
        public long Inputs => (2 * _d) + _q + _inner;

        /// <summary>Numbers that they give.</summary>
        public long Outputs => IsRotary ? _q + (2 * _kv) + (2 * _d) + (2 * _inner) : (5 * _d) + _inner;

        private bool IsRotary => config.Family is not (ModelFamily.Gpt2 or ModelFamily.GptNeox);

        /// <summary>
        /// Bytes that are kept until the block is differentiated. Of llama and its kin: two residual streams, two norms before and after their
        /// weight; q, and k and v spread over its heads, attention's result before and after its heads are joined; gate, up, their activation and
        /// product. Of the others: two streams, two norms; q, k, v, attention's result twice; the MLP before and after its activation.
        /// </summary>
        /// <param name="tapped">With the outputs that only a capture holds on to.</param>
        public long Kept(bool tapped) => IsRotary
            ? (((6 * _d) + (5 * _q) + (4 * _inner) + (config.QueryKeyNorm ? 2 * (_q + _kv) : 0) + (tapped ? _q + (2 * _kv) : 0)) * Bytes)
                + (Bytes < Wide ? 2 * _d * Wide : 0) // norms are taken in float32
            : ((9 * _d) + (2 * _inner) + (tapped && config.Family == ModelFamily.GptNeox ? 4 * _d : 0)) * Bytes;
    }
}
