using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Models.Families;

/// <summary>Hugging Face's <c>LlamaForCausalLM</c>: RMSNorm, rotary positions, grouped queries, SwiGLU. SmolLM and many others are of it too.</summary>
internal class LlamaFamily : FamilyDescription
{
    public override ModelFamily Family => ModelFamily.Llama;

    public override string ModelType => "llama";

    public override string Architecture => "LlamaForCausalLM";

    public override ModelConfig Read(ConfigMembers file, ModelConfig common)
    {
        var (hidden, heads) = (file.Get<int>("hidden_size"), file.Get<int>("num_attention_heads"));
        file.Refuse(file.Get("hidden_act", "silu") != "silu", $"hidden_act {file.Get("hidden_act", "")}");
        var (theta, scaling) = RopeScaling.Read(file);
        return common with
        {
            Family = Family,
            HiddenSize = hidden,
            HeadSize = file.Get("head_dim", heads > 0 ? hidden / heads : 0),
            IntermediateSize = file.Get<int>("intermediate_size"),
            Layers = file.Get<int>("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = file.Get("num_key_value_heads", heads),
            MaxPositions = file.Get<int>("max_position_embeddings"),
            TieEmbeddings = file.Get("tie_word_embeddings", false),
            AttentionBias = file.Get("attention_bias", false),
            MlpBias = file.Get("mlp_bias", false),
            NormEpsilon = file.Get("rms_norm_eps", 1e-6),
            RopeTheta = theta,
            RopeScaling = scaling,
        };
    }

    public override JsonObject Write(ModelConfig config)
    {
        var file = WriteShared(config);
        file["attention_bias"] = config.AttentionBias;
        file["mlp_bias"] = config.MlpBias;
        return file;
    }

    /// <summary>The members that llama's kin have too.</summary>
    private protected static JsonObject WriteShared(ModelConfig config) => new()
    {
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["num_key_value_heads"] = config.KeyValueHeads,
        ["head_dim"] = config.HeadSize,
        ["max_position_embeddings"] = config.MaxPositions,
        ["hidden_act"] = "silu",
        ["rms_norm_eps"] = config.NormEpsilon,
        ["rope_theta"] = config.RopeTheta,
        ["attention_dropout"] = 0.0,
    };

    public override IEnumerable<ParameterSpec> Layout(ModelConfig config)
    {
        long d = config.HiddenSize, inner = config.IntermediateSize;
        long q = (long)config.Heads * config.HeadSize, kv = (long)config.KeyValueHeads * config.HeadSize;
        ParameterSpec[] Norm(string name) => config.QueryKeyNorm ? [new(name + ".weight", [config.HeadSize], ParameterInit.One)] : [];
        ParameterSpec[] Block(string p) =>
        [
            new(p + "input_layernorm.weight", [d], ParameterInit.One),
            .. ParameterSpec.Linear(p + "self_attn.q_proj", q, d, config.AttentionBias, ParameterInit.Normal),
            .. ParameterSpec.Linear(p + "self_attn.k_proj", kv, d, config.AttentionBias, ParameterInit.Normal),
            .. ParameterSpec.Linear(p + "self_attn.v_proj", kv, d, config.AttentionBias, ParameterInit.Normal),
            .. ParameterSpec.Linear(p + "self_attn.o_proj", d, q, config.AttentionOutputBias, ParameterInit.Residual),
            .. Norm(p + "self_attn.q_norm"),
            .. Norm(p + "self_attn.k_norm"),
            new(p + "post_attention_layernorm.weight", [d], ParameterInit.One),
            .. ParameterSpec.Linear(p + "mlp.gate_proj", inner, d, config.MlpBias, ParameterInit.Normal),
            .. ParameterSpec.Linear(p + "mlp.up_proj", inner, d, config.MlpBias, ParameterInit.Normal),
            .. ParameterSpec.Linear(p + "mlp.down_proj", d, inner, config.MlpBias, ParameterInit.Residual),
        ];
        ParameterSpec[] head = config.TieEmbeddings ? [] : [new("lm_head.weight", [config.VocabularySize, d], ParameterInit.Normal)];
        return
        [
            new("model.embed_tokens.weight", [config.VocabularySize, d], ParameterInit.Normal),
            .. Enumerable.Range(0, config.Layers).SelectMany(layer => Block($"model.layers.{layer}.")),
            new("model.norm.weight", [d], ParameterInit.One),
            .. head,
        ];
    }

    public override LanguageModel Create(ModelConfig config, ScalarType type, Device device) => new RotaryModel(config, type, device);

    public override void Check(ModelConfig config, OptionChecks checks) =>
        checks.Require(config.HeadSize % 2 == 0, $"rotary positions need an even head size, not {config.HeadSize}");

    public override int DefaultIntermediateSize(int hiddenSize) => ((8 * hiddenSize / 3) + 31) / 32 * 32;
}

/// <summary>Hugging Face's <c>MistralForCausalLM</c>: as llama, and a token may see only so many before it.</summary>
internal sealed class MistralFamily : LlamaFamily
{
    public override ModelFamily Family => ModelFamily.Mistral;

    public override string ModelType => "mistral";

    public override string Architecture => "MistralForCausalLM";

    public override ModelConfig Read(ConfigMembers file, ModelConfig common)
    {
        var config = base.Read(file, common);

        // Rows no longer than the window see all that comes before them: of those it is exact without a window.
        return config with { AttentionBias = false, MaxPositions = Math.Min(config.MaxPositions, file.Get("sliding_window", config.MaxPositions)) };
    }

    public override JsonObject Write(ModelConfig config)
    {
        var file = WriteShared(config);
        file["sliding_window"] = null;
        return file;
    }
}
