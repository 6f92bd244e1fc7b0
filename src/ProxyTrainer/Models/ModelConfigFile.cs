using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Models;

/// <summary>
/// <see cref="ModelConfig"/> ↔ Hugging Face's <c>config.json</c>. What would change the computation and isn't supported
/// (rotary scaling, another activation) is refused by name.
/// </summary>
public static class ModelConfigFile
{
    public static void Write(string path, ModelConfig config, string dtype = "float32")
    {
        var file = config.Family == ModelFamily.Llama ? Llama(config) : Gpt2(config);
        file["vocab_size"] = config.VocabularySize;
        file["tie_word_embeddings"] = config.TieEmbeddings;
        file["initializer_range"] = config.InitializerRange;
        file["bos_token_id"] = config.BosId;
        file["eos_token_id"] = config.EosId;
        file["pad_token_id"] = config.PadId;
        file["torch_dtype"] = dtype;
        AtomicFile.WriteJson(path, file);
    }

    /// <exception cref="BadInputException">The file is unreadable, or describes a model that Tda can't run.</exception>
    public static ModelConfig Read(string path)
    {
        try
        {
            var file = JsonNode.Parse(File.ReadAllBytes(path)) ?? throw new BadInputException(path, "the file holds null");
            var config = Member<string>(file, "model_type") switch
            {
                "llama" => ReadLlama(path, file),
                "gpt2" => ReadGpt2(path, file),
                string other => throw new BadInputException(path, $"model_type \"{other}\" is not supported", remedy: "Use llama or gpt2."),
            };
            config.Validate();
            return config;
        }
        catch (UsageException e)
        {
            throw new BadInputException(path, e.Message, inner: e);
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidOperationException or FormatException)
        {
            throw new BadInputException(path, $"not a model configuration: {e.Message}", inner: e);
        }
    }

    private static JsonObject Llama(ModelConfig c) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["hidden_size"] = c.HiddenSize,
        ["intermediate_size"] = c.IntermediateSize,
        ["num_hidden_layers"] = c.Layers,
        ["num_attention_heads"] = c.Heads,
        ["num_key_value_heads"] = c.KeyValueHeads,
        ["head_dim"] = c.HeadSize,
        ["max_position_embeddings"] = c.MaxPositions,
        ["hidden_act"] = "silu",
        ["rms_norm_eps"] = c.NormEpsilon,
        ["rope_theta"] = c.RopeTheta,
        ["attention_bias"] = c.AttentionBias,
        ["mlp_bias"] = c.MlpBias,
        ["attention_dropout"] = 0.0,
    };

    private static JsonObject Gpt2(ModelConfig c) => new()
    {
        ["architectures"] = new JsonArray("GPT2LMHeadModel"),
        ["model_type"] = "gpt2",
        ["n_embd"] = c.HiddenSize,
        ["n_inner"] = c.IntermediateSize,
        ["n_layer"] = c.Layers,
        ["n_head"] = c.Heads,
        ["n_positions"] = c.MaxPositions,
        ["n_ctx"] = c.MaxPositions,
        ["activation_function"] = c.Activation == Activation.GeluNew ? "gelu_new" : "gelu",
        ["layer_norm_epsilon"] = c.NormEpsilon,
        ["attn_pdrop"] = 0.0,
        ["embd_pdrop"] = 0.0,
        ["resid_pdrop"] = 0.0,
    };

    private static ModelConfig ReadLlama(string path, JsonNode file)
    {
        var hidden = Member<int>(file, "hidden_size");
        var heads = Member<int>(file, "num_attention_heads");
        Refuse(path, file["hidden_act"] is { } act && act.GetValue<string>() != "silu", $"hidden_act {file["hidden_act"]}");
        Refuse(path, file["rope_scaling"] is not null, "rope_scaling");
        var rope = file["rope_parameters"];
        Refuse(path, rope?["rope_type"] is { } type && type.GetValue<string>() != "default", $"rope_type {rope?["rope_type"]}");
        Refuse(path, file["head_dim"] is { } size && size.GetValue<int>() * heads != hidden, $"head_dim {file["head_dim"]} (not hidden_size / heads)");
        return Common(file) with
        {
            Family = ModelFamily.Llama,
            HiddenSize = hidden,
            IntermediateSize = Member<int>(file, "intermediate_size"),
            Layers = Member<int>(file, "num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = Member(file, "num_key_value_heads", heads),
            MaxPositions = Member<int>(file, "max_position_embeddings"),
            TieEmbeddings = Member(file, "tie_word_embeddings", false),
            AttentionBias = Member(file, "attention_bias", false),
            MlpBias = Member(file, "mlp_bias", false),
            NormEpsilon = Member(file, "rms_norm_eps", 1e-6),
            RopeTheta = rope?["rope_theta"]?.GetValue<double>() ?? Member(file, "rope_theta", 10_000.0),
        };
    }

    private static ModelConfig ReadGpt2(string path, JsonNode file)
    {
        var act = Member(file, "activation_function", "gelu_new");
        Refuse(path, act is not ("gelu_new" or "gelu_pytorch_tanh" or "gelu"), $"activation_function {act}");
        Refuse(path, Member(file, "scale_attn_by_inverse_layer_idx", false), "scale_attn_by_inverse_layer_idx");
        var hidden = Member<int>(file, "n_embd");
        return Common(file) with
        {
            Family = ModelFamily.Gpt2,
            HiddenSize = hidden,
            IntermediateSize = Member(file, "n_inner", 4 * hidden),
            Layers = Member<int>(file, "n_layer"),
            Heads = Member<int>(file, "n_head"),
            MaxPositions = Member<int>(file, "n_positions"),
            TieEmbeddings = Member(file, "tie_word_embeddings", true),
            Activation = act == "gelu" ? Activation.Gelu : Activation.GeluNew,
            NormEpsilon = Member(file, "layer_norm_epsilon", 1e-5),
        };
    }

    private static ModelConfig Common(JsonNode file)
    {
        var eos = Member(file, "eos_token_id", 1);
        return new ModelConfig
        {
            Family = default,
            HiddenSize = 0,
            Layers = 0,
            Heads = 0,
            VocabularySize = Member<int>(file, "vocab_size"),
            InitializerRange = Member(file, "initializer_range", 0.02),
            BosId = Member(file, "bos_token_id", eos),
            EosId = eos,
            PadId = Member(file, "pad_token_id", eos),
        };
    }

    private static T Member<T>(JsonNode file, string name) =>
        file[name] is { } node ? node.GetValue<T>() : throw new FormatException($"\"{name}\" is missing");

    private static T Member<T>(JsonNode file, string name, T fallback) => file[name] is { } node ? node.GetValue<T>() : fallback;

    private static void Refuse(string path, bool condition, string what)
    {
        if (condition)
        {
            throw new BadInputException(path, $"{what} is not supported");
        }
    }
}
