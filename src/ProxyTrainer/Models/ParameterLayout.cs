namespace Tda.ProxyTrainer.Models;

/// <summary>
/// Names, shapes and order of a family's parameters in its flat buffer: the blocks' matrices, embeddings and head, then
/// all vectors, so that whatever an optimiser treats alike is one contiguous piece.
/// </summary>
internal static class ParameterLayout
{
    public static IReadOnlyList<ParameterSpec> Of(ModelConfig config)
    {
        var specs = config.Family == ModelFamily.Llama ? Llama(config) : Gpt2(config);
        return [.. specs.OrderBy(spec => spec.IsBlockMatrix ? 0 : spec.IsMatrix ? 1 : 2)]; // stable
    }

    private static ParameterSpec[] Llama(ModelConfig c)
    {
        long d = c.HiddenSize;
        var kv = (long)c.KeyValueHeads * c.HeadSize;
        ParameterSpec[] Block(string p) =>
        [
            new(p + "input_layernorm.weight", [d], ParameterInit.One),
            .. Linear(p + "self_attn.q_proj", d, d, c.AttentionBias, ParameterInit.Normal),
            .. Linear(p + "self_attn.k_proj", kv, d, c.AttentionBias, ParameterInit.Normal),
            .. Linear(p + "self_attn.v_proj", kv, d, c.AttentionBias, ParameterInit.Normal),
            .. Linear(p + "self_attn.o_proj", d, d, c.AttentionBias, ParameterInit.Residual),
            new(p + "post_attention_layernorm.weight", [d], ParameterInit.One),
            .. Linear(p + "mlp.gate_proj", c.IntermediateSize, d, c.MlpBias, ParameterInit.Normal),
            .. Linear(p + "mlp.up_proj", c.IntermediateSize, d, c.MlpBias, ParameterInit.Normal),
            .. Linear(p + "mlp.down_proj", d, c.IntermediateSize, c.MlpBias, ParameterInit.Residual),
        ];
        ParameterSpec[] head = c.TieEmbeddings ? [] : [new("lm_head.weight", [c.VocabularySize, d], ParameterInit.Normal)];
        return
        [
            new("model.embed_tokens.weight", [c.VocabularySize, d], ParameterInit.Normal),
            .. Enumerable.Range(0, c.Layers).SelectMany(layer => Block($"model.layers.{layer}.")),
            new("model.norm.weight", [d], ParameterInit.One),
            .. head,
        ];
    }

    private static ParameterSpec[] Gpt2(ModelConfig c)
    {
        long d = c.HiddenSize;
        ParameterSpec[] Block(string p) =>
        [
            .. Norm(p + "ln_1", d),
            .. Linear(p + "attn.c_attn", 3 * d, d, true, ParameterInit.Normal, storedTransposed: true),
            .. Linear(p + "attn.c_proj", d, d, true, ParameterInit.Residual, storedTransposed: true),
            .. Norm(p + "ln_2", d),
            .. Linear(p + "mlp.c_fc", c.IntermediateSize, d, true, ParameterInit.Normal, storedTransposed: true),
            .. Linear(p + "mlp.c_proj", d, c.IntermediateSize, true, ParameterInit.Residual, storedTransposed: true),
        ];
        return
        [
            new("transformer.wte.weight", [c.VocabularySize, d], ParameterInit.Normal),
            new("transformer.wpe.weight", [c.MaxPositions, d], ParameterInit.Normal),
            .. Enumerable.Range(0, c.Layers).SelectMany(layer => Block($"transformer.h.{layer}.")),
            .. Norm("transformer.ln_f", d),
        ];
    }

    private static ParameterSpec[] Norm(string name, long size) =>
        [new(name + ".weight", [size], ParameterInit.One), new(name + ".bias", [size], ParameterInit.Zero)];

    private static ParameterSpec[] Linear(
        string name, long outputs, long inputs, bool bias, ParameterInit init, bool storedTransposed = false)
    {
        var weight = new ParameterSpec(name + ".weight", [outputs, inputs], init, storedTransposed);
        return bias ? [weight, new(name + ".bias", [outputs], ParameterInit.Zero)] : [weight];
    }
}

/// <summary>A parameter of a model that needn't exist yet.</summary>
/// <param name="Name">Hugging Face's tensor name.</param>
/// <param name="Shape">As held in memory; a linear layer's weight is (out, in).</param>
/// <param name="Init">How it starts.</param>
/// <param name="StoredTransposed">The file holds (in, out): gpt2's Conv1D layers.</param>
internal sealed record ParameterSpec(string Name, long[] Shape, ParameterInit Init, bool StoredTransposed = false)
{
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    public bool IsMatrix => Shape.Length > 1;

    /// <summary>A weight of a linear layer of attention or MLP, as opposed to embeddings and head.</summary>
    public bool IsBlockMatrix => IsMatrix && (Name.Contains(".layers.", StringComparison.Ordinal) || Name.Contains(".h.", StringComparison.Ordinal));
}

internal enum ParameterInit
{
    /// <summary>N(0, σ²) with σ the configuration's initializer range.</summary>
    Normal,

    /// <summary>As <see cref="Normal"/>, σ divided by √(2·layers): the residual stream's variance stays the same at any depth.</summary>
    Residual,

    Zero,

    One,
}

/// <summary>
/// GPT-2's initialisation. The numbers come from our own generator, not LibTorch's: a seed means the same model with
/// every LibTorch, on every device.
/// </summary>
internal static class ParameterInitializer
{
    public static void Initialize(LanguageModel model, long seed)
    {
        var specs = ParameterLayout.Of(model.Config);
        var residual = model.Config.InitializerRange / Math.Sqrt(2.0 * model.Config.Layers);
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        for (var i = 0; i < specs.Count; i++)
        {
            var target = model.Parameters[i].Tensor;
            switch (specs[i].Init)
            {
                case ParameterInit.One:
                    target.fill_(1);
                    break;
                case ParameterInit.Normal or ParameterInit.Residual:
                    var scale = specs[i].Init == ParameterInit.Normal ? model.Config.InitializerRange : residual;
                    // A stream a parameter: adding layers doesn't change the start of the others.
                    var random = SplitMix64.Of(seed, specs[i].Name);
                    target.copy_(tensor(random.Normals(specs[i].Count, scale), specs[i].Shape));
                    break;
            }
        }
    }
}
