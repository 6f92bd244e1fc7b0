namespace Tda.ProxyTrainer.Models.Families;

/// <summary>The computation of llama and its kin: mistral, qwen2, qwen3.</summary>
internal sealed class RotaryModel : LanguageModel
{
    private const int LinearsPerBlock = 7; // q, k, v, o, gate, up, down
    private readonly RotaryTable _rotary;
    private readonly Block[] _blocks;
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
            .Select(p => new Block(
                Weight(p + "input_layernorm.weight"),
                Weight(p + "post_attention_layernorm.weight"),
                config.QueryKeyNorm ? Weight(p + "self_attn.q_norm.weight") : null,
                config.QueryKeyNorm ? Weight(p + "self_attn.k_norm.weight") : null))];
    }

    private protected override Tensor Head { get; }

    private protected override Tensor Run(Tensor ids, ForwardPass pass)
    {
        (var heads, var groups) = (Config.Heads, Config.KeyValueHeads);
        (Tensor, Tensor) rotary = _rotary.For(pass);
        var x = _embedding.index_select(0, ids); // (B · T, d)
        for (var layer = 0; layer < _blocks.Length; layer++)
        {
            var first = layer * LinearsPerBlock;
            var h = Norm(x, _blocks[layer].InputNorm);
            var q = RotaryTable.Rotate(HeadNorm(Linear(first, h, pass), _blocks[layer].QueryNorm), heads, rotary, pass);
            var k = RotaryTable.Rotate(HeadNorm(Linear(first + 1, h, pass), _blocks[layer].KeyNorm), groups, rotary, pass);
            var mixed = Attend(layer, q, k, Linear(first + 2, h, pass), pass);
            x = Linear(first + 3, mixed, pass, residual: x);

            h = Norm(x, _blocks[layer].PostNorm);
            var gated = nn.functional.silu(Linear(first + 4, h, pass)).mul(Linear(first + 5, h, pass));
            x = Linear(first + 6, gated, pass, residual: x);
        }

        return Norm(x, _norm);
    }

    private protected override void Dispose(bool disposing)
    {
        _rotary.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>RMSNorm: <c>x / √(mean x² + ε) · w</c>.</summary>
    private Tensor Norm(Tensor x, Tensor weight) => x.mul(x.mul(x).mean([-1L], keepdim: true).add(Config.NormEpsilon).rsqrt()).mul(weight);

    /// <summary>The same over each head of (B · T, heads · hs); none without a weight, (hs).</summary>
    private Tensor HeadNorm(Tensor x, Tensor? weight) =>
        weight is null ? x : Norm(x.view(-1, Config.HeadSize), weight).view(x.shape);

    private sealed record Block(Tensor InputNorm, Tensor PostNorm, Tensor? QueryNorm, Tensor? KeyNorm);
}
