namespace Tda.ProxyTrainer.Models.Families;

/// <summary>The computation of llama and its kin: mistral, qwen2, qwen3.</summary>
internal sealed class RotaryModel : LanguageModel
{
    private const int LinearsPerBlock = 7; // q, k, v, o, gate, up, down
    private readonly RotaryTable _rotary;
    private readonly Norms[] _blocks;
    private readonly Tensor _embedding;
    private readonly Tensor _norm;

    public RotaryModel(ModelConfig config, ScalarType type, Device device)
        : base(config, type, device)
    {
        _rotary = new RotaryTable(config, type, device);
        _embedding = Weight("model.embed_tokens.weight");
        _norm = Weight("model.norm.weight");
        Head = config.TieEmbeddings ? _embedding : Weight("lm_head.weight");
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => $"model.layers.{layer}.")
            .Select(p => new Norms(
                Weight(p + "input_layernorm.weight"),
                Weight(p + "post_attention_layernorm.weight"),
                config.QueryKeyNorm ? Weight(p + "self_attn.q_norm.weight") : null,
                config.QueryKeyNorm ? Weight(p + "self_attn.k_norm.weight") : null))];
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
        var h = Norm(x, _blocks[layer].InputNorm);
        var q = RotaryTable.Rotate(HeadNorm(Linear(first, h, pass), _blocks[layer].QueryNorm), Config.Heads, pass.Rotary, pass);
        var k = RotaryTable.Rotate(HeadNorm(Linear(first + 1, h, pass), _blocks[layer].KeyNorm), Config.KeyValueHeads, pass.Rotary, pass);
        var mixed = Attend(layer, q, k, Linear(first + 2, h, pass), pass);
        x = Linear(first + 3, mixed, pass, residual: x);

        h = Norm(x, _blocks[layer].PostNorm);
        var gated = nn.functional.silu(Linear(first + 4, h, pass)).mul(Linear(first + 5, h, pass));
        return Linear(first + 6, gated, pass, residual: x);
    }

    internal override Tensor FinalNorm(Tensor x) => Norm(x, _norm);

    private protected override void Dispose(bool disposing)
    {
        _rotary.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>RMSNorm: <c>x / √(mean x² + ε) · w</c>.</summary>
    private Tensor Norm(Tensor x, Tensor weight)
    {
        // A mean of squares has more digits than bfloat16: it is taken, and divided by, in single precision.
        var wide = DType == ScalarType.BFloat16 ? x.to_type(ScalarType.Float32) : x;
        var scaled = wide.mul(wide.mul(wide).mean([-1L], keepdim: true).add(Config.NormEpsilon).rsqrt());
        return (ReferenceEquals(wide, x) ? scaled : scaled.to_type(DType)).mul(weight);
    }

    /// <summary>The same over each head of (B · T, heads · hs); none without a weight, (hs).</summary>
    private Tensor HeadNorm(Tensor x, Tensor? weight) =>
        weight is null ? x : Norm(x.view(-1, Config.HeadSize), weight).view(x.shape);

    private sealed record Norms(Tensor InputNorm, Tensor PostNorm, Tensor? QueryNorm, Tensor? KeyNorm);
}
