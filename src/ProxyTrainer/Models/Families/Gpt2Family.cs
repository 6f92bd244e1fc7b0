using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Models.Families;

/// <summary>Hugging Face's <c>GPT2LMHeadModel</c>: LayerNorm, learned positions, biases, q, k and v in one matrix, files that hold (in, out).</summary>
internal sealed class Gpt2Family : FamilyDescription
{
    public override ModelFamily Family => ModelFamily.Gpt2;

    public override string ModelType => "gpt2";

    public override string Architecture => "GPT2LMHeadModel";

    public override ModelConfig Read(ConfigMembers file, ModelConfig common)
    {
        file.Refuse(file.Get("scale_attn_by_inverse_layer_idx", false), "scale_attn_by_inverse_layer_idx");
        var hidden = file.Get<int>("n_embd");
        return common with
        {
            Family = Family,
            HiddenSize = hidden,
            IntermediateSize = file.Get("n_inner", 4 * hidden),
            Layers = file.Get<int>("n_layer"),
            Heads = file.Get<int>("n_head"),
            MaxPositions = file.Get<int>("n_positions"),
            TieEmbeddings = file.Get("tie_word_embeddings", true),
            Activation = ActivationNames.Read(file, "activation_function", "gelu_new"),
            NormEpsilon = file.Get("layer_norm_epsilon", 1e-5),
        };
    }

    public override JsonObject Write(ModelConfig config) => new()
    {
        ["n_embd"] = config.HiddenSize,
        ["n_inner"] = config.IntermediateSize,
        ["n_layer"] = config.Layers,
        ["n_head"] = config.Heads,
        ["n_positions"] = config.MaxPositions,
        ["n_ctx"] = config.MaxPositions,
        ["activation_function"] = ActivationNames.Of(config.Activation),
        ["layer_norm_epsilon"] = config.NormEpsilon,
        ["attn_pdrop"] = 0.0,
        ["embd_pdrop"] = 0.0,
        ["resid_pdrop"] = 0.0,
    };

    public override IEnumerable<ParameterSpec> Layout(ModelConfig config)
    {
        long d = config.HiddenSize;
        ParameterSpec[] Block(string p) =>
        [
            .. ParameterSpec.Norm(p + "ln_1", d),
            .. ParameterSpec.Linear(p + "attn.c_attn", 3 * d, d, true, ParameterInit.Normal, storedTransposed: true),
            .. ParameterSpec.Linear(p + "attn.c_proj", d, d, true, ParameterInit.Residual, storedTransposed: true),
            .. ParameterSpec.Norm(p + "ln_2", d),
            .. ParameterSpec.Linear(p + "mlp.c_fc", config.IntermediateSize, d, true, ParameterInit.Normal, storedTransposed: true),
            .. ParameterSpec.Linear(p + "mlp.c_proj", d, config.IntermediateSize, true, ParameterInit.Residual, storedTransposed: true),
        ];
        return
        [
            new("transformer.wte.weight", [config.VocabularySize, d], ParameterInit.Normal),
            new("transformer.wpe.weight", [config.MaxPositions, d], ParameterInit.Normal),
            .. Enumerable.Range(0, config.Layers).SelectMany(layer => Block($"transformer.h.{layer}.")),
            .. ParameterSpec.Norm("transformer.ln_f", d),
        ];
    }

    public override LanguageModel Create(ModelConfig config, ScalarType type, Device device) => new Gpt2Model(config, type, device);

    public override void Check(ModelConfig config, OptionChecks checks) => checks
        .Require(config.KeyValueHeads == config.Heads, $"gpt2 has no grouped queries")
        .Require(config.HeadSize * config.Heads == config.HiddenSize, $"gpt2 has no head size of its own")
        .Require(config.TieEmbeddings, $"gpt2 ties its embeddings");

    public override bool IsBuffer(string name) => name == "lm_head.weight"
        || name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    private sealed class Gpt2Model : LanguageModel
    {
        private const int LinearsPerBlock = 4; // c_attn, c_proj, c_fc, c_proj of the MLP
        private readonly Norms[] _blocks;
        private readonly Tensor _positions;
        private readonly NormWeights _norm;

        public Gpt2Model(ModelConfig config, ScalarType type, Device device)
            : base(config, type, device)
        {
            Head = Weight("transformer.wte.weight");
            _positions = Weight("transformer.wpe.weight");
            _norm = NormOf("transformer.ln_f");
            _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => $"transformer.h.{layer}.")
                .Select(p => new Norms(NormOf(p + "ln_1"), NormOf(p + "ln_2")))];
        }

        /// <summary>The token embedding: always tied.</summary>
        private protected override Tensor Head { get; }

        internal override Tensor Embed(Tensor ids, ForwardPass pass)
        {
            long width = Config.HiddenSize;
            var x = Head.index_select(0, ids); // (B · T, d)
            return pass.Positions is { } at
                ? x.add(_positions.index_select(0, at))
                : x.view(pass.Batch, pass.Time, width).add(_positions.narrow(0, 0, pass.Time)).view(-1, width);
        }

        internal override Tensor Block(int layer, Tensor x, ForwardPass pass)
        {
            var first = layer * LinearsPerBlock;
            var qkv = Linear(first, LayerNorm(x, _blocks[layer].First), pass);
            x = Linear(first + 1, Attend(layer, qkv, pass), pass, residual: x);
            var h = Linear(first + 2, LayerNorm(x, _blocks[layer].Second), pass);
            return Linear(first + 3, Gelu(h), pass, residual: x);
        }

        internal override Tensor FinalNorm(Tensor x) => LayerNorm(x, _norm);

        private Tensor Attend(int layer, Tensor qkv, ForwardPass pass)
        {
            long size = Config.HeadSize;
            if (!pass.HasCache)
            {
                var heads = qkv.view(pass.Batch, pass.Time, 3, Config.Heads, size).permute(2, 0, 3, 1, 4).unbind(0); // 3 × (B, heads, T, hs)
                return Attention.Attend(heads[0], heads[1], heads[2], pass);
            }

            var parts = qkv.chunk(3, 1);
            return Attend(layer, parts[0].contiguous(), parts[1].contiguous(), parts[2].contiguous(), pass);
        }

        private sealed record Norms(NormWeights First, NormWeights Second);
    }
}
