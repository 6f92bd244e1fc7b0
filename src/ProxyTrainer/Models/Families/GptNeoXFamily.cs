using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Models.Families;

/// <summary>
/// Hugging Face's <c>GPTNeoXForCausalLM</c> (Pythia): LayerNorm, biases, rotary positions on the first share of each head, q, k and v of a head
/// side by side in one matrix, attention and MLP read the same residual stream.
/// </summary>
internal sealed class GptNeoXFamily : FamilyDescription
{
    public override ModelFamily Family => ModelFamily.GptNeox;

    public override string ModelType => "gpt_neox";

    public override string Architecture => "GPTNeoXForCausalLM";

    public override ModelConfig Read(ConfigMembers file, ModelConfig common)
    {
        var hidden = file.Get<int>("hidden_size");
        var (theta, scaling) = RopeScaling.Read(file, "rotary_emb_base");
        return common with
        {
            Family = Family,
            HiddenSize = hidden,
            IntermediateSize = file.Get("intermediate_size", 4 * hidden),
            Layers = file.Get<int>("num_hidden_layers"),
            Heads = file.Get<int>("num_attention_heads"),
            MaxPositions = file.Get<int>("max_position_embeddings"),
            TieEmbeddings = file.Get("tie_word_embeddings", false),
            Activation = ActivationNames.Read(file, "hidden_act", "gelu"),
            NormEpsilon = file.Get("layer_norm_eps", 1e-5),
            RopeTheta = theta,
            RopeScaling = scaling,
            RotaryShare = file.Object("rope_parameters")?.Get<double?>("partial_rotary_factor", null) ?? file.Get("rotary_pct", .25),
            ParallelResidual = file.Get("use_parallel_residual", true),
            AttentionBias = file.Get("attention_bias", true),
            MlpBias = true,
        };
    }

    public override JsonObject Write(ModelConfig config) => new()
    {
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["max_position_embeddings"] = config.MaxPositions,
        ["hidden_act"] = ActivationNames.Of(config.Activation),
        ["layer_norm_eps"] = config.NormEpsilon,
        ["rotary_emb_base"] = config.RopeTheta,
        ["rotary_pct"] = config.RotaryShare,
        ["use_parallel_residual"] = config.ParallelResidual,
        ["attention_bias"] = config.AttentionBias,
        ["attention_dropout"] = 0.0,
        ["hidden_dropout"] = 0.0,
    };

    public override IEnumerable<ParameterSpec> Layout(ModelConfig config)
    {
        long d = config.HiddenSize;
        ParameterSpec[] Block(string p) =>
        [
            .. ParameterSpec.Norm(p + "input_layernorm", d),
            .. ParameterSpec.Norm(p + "post_attention_layernorm", d),
            .. ParameterSpec.Linear(p + "attention.query_key_value", 3 * d, d, config.AttentionBias, ParameterInit.Normal),
            .. ParameterSpec.Linear(p + "attention.dense", d, d, config.AttentionBias, ParameterInit.Residual),
            .. ParameterSpec.Linear(p + "mlp.dense_h_to_4h", config.IntermediateSize, d, true, ParameterInit.Normal),
            .. ParameterSpec.Linear(p + "mlp.dense_4h_to_h", d, config.IntermediateSize, true, ParameterInit.Residual),
        ];
        ParameterSpec[] head = config.TieEmbeddings ? [] : [new("embed_out.weight", [config.VocabularySize, d], ParameterInit.Normal)];
        return
        [
            new("gpt_neox.embed_in.weight", [config.VocabularySize, d], ParameterInit.Normal),
            .. Enumerable.Range(0, config.Layers).SelectMany(layer => Block($"gpt_neox.layers.{layer}.")),
            .. ParameterSpec.Norm("gpt_neox.final_layer_norm", d),
            .. head,
        ];
    }

    public override LanguageModel Create(ModelConfig config, ScalarType type, Device device) => new GptNeoXModel(config, type, device);

    public override void Check(ModelConfig config, OptionChecks checks) => checks
        .Require(config.KeyValueHeads == config.Heads, $"gpt_neox has no grouped queries")
        .Require(config.HeadSize * config.Heads == config.HiddenSize, $"gpt_neox has no head size of its own")
        .Require(
            config.RotarySize is > 0 && config.RotarySize % 2 == 0 && config.RotarySize <= config.HeadSize,
            $"rotary positions need an even part of a head, not {config.RotaryShare} of {config.HeadSize}");

    public override bool IsBuffer(string name) => base.IsBuffer(name)
        || name.EndsWith(".attention.bias", StringComparison.Ordinal) || name.EndsWith(".attention.masked_bias", StringComparison.Ordinal);

    private sealed class GptNeoXModel : LanguageModel
    {
        private const int LinearsPerBlock = 4; // query_key_value, dense, dense_h_to_4h, dense_4h_to_h
        private readonly RotaryTable _rotary;
        private readonly (NormWeights Attention, NormWeights Mlp)[] _norms;
        private readonly Tensor _embedding;
        private readonly NormWeights _norm;

        public GptNeoXModel(ModelConfig config, ScalarType type, Device device)
            : base(config, type, device)
        {
            _rotary = new RotaryTable(config, type, device);
            _embedding = Weight("gpt_neox.embed_in.weight");
            Head = config.TieEmbeddings ? _embedding : Weight("embed_out.weight");
            _norm = NormOf("gpt_neox.final_layer_norm");
            _norms = [.. Enumerable.Range(0, config.Layers).Select(layer => $"gpt_neox.layers.{layer}.")
                .Select(p => (NormOf(p + "input_layernorm"), NormOf(p + "post_attention_layernorm")))];
        }

        private protected override Tensor Head { get; }

        internal override Tensor Embed(Tensor ids, ForwardPass pass)
        {
            pass.Rotary = _rotary.For(pass);
            return _embedding.index_select(0, ids); // (B · T, d)
        }

        internal override Tensor Block(int layer, Tensor x, ForwardPass pass)
        {
            var first = layer * LinearsPerBlock;
            var qkv = Linear(first, LayerNorm(x, _norms[layer].Attention), pass);
            var mixed = Linear(first + 1, Attend(layer, qkv, pass.Rotary, pass), pass, residual: x);
            var h = LayerNorm(Config.ParallelResidual ? x : mixed, _norms[layer].Mlp);
            return Linear(first + 3, Gelu(Linear(first + 2, h, pass)), pass, residual: mixed);
        }

        internal override Tensor FinalNorm(Tensor x) => LayerNorm(x, _norm);

        private protected override void Dispose(bool disposing)
        {
            _rotary.Dispose();
            base.Dispose(disposing);
        }

        private Tensor Attend(int layer, Tensor qkv, (Tensor, Tensor) rotary, ForwardPass pass)
        {
            var (heads, width) = (Config.Heads, Config.HiddenSize);
            var parts = qkv.view(-1, heads, 3, Config.HeadSize).unbind(2); // 3 × (B · T, heads, hs)
            var q = RotaryTable.Rotate(parts[0].reshape(-1, width), heads, rotary, pass);
            var k = RotaryTable.Rotate(parts[1].reshape(-1, width), heads, rotary, pass);
            return Attend(layer, q, k, parts[2].reshape(-1, width), pass);
        }
    }
}
