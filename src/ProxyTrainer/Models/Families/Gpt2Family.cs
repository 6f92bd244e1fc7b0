using TorchSharp.Modules;

namespace Tda.ProxyTrainer.Models;

/// <summary>Hugging Face's <c>GPT2LMHeadModel</c>.</summary>
internal sealed class Gpt2Model : LanguageModel
{
    private const int LinearsPerBlock = 4; // c_attn, c_proj, c_fc, c_proj of the MLP
    private readonly Block[] _blocks;
    private readonly Tensor _positions;
    private readonly NormWeights _norm;

    public Gpt2Model(ModelConfig config, ScalarType type, Device device)
        : base(config, type, device)
    {
        Head = Weight("transformer.wte.weight");
        _positions = Weight("transformer.wpe.weight");
        _norm = NormOf("transformer.ln_f");
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => $"transformer.h.{layer}.")
            .Select(p => new Block(NormOf(p + "ln_1"), NormOf(p + "ln_2")))];
    }

    /// <summary>The token embedding: always tied.</summary>
    private protected override Tensor Head { get; }

    private protected override Tensor Run(Tensor ids, ForwardPass pass)
    {
        long width = Config.HiddenSize;
        var x = Head.index_select(0, ids); // (B · T, d)
        x = pass.Positions is { } at
            ? x.add(_positions.index_select(0, at))
            : x.view(pass.Batch, pass.Time, width).add(_positions.narrow(0, 0, pass.Time)).view(-1, width);
        for (var layer = 0; layer < _blocks.Length; layer++)
        {
            var first = layer * LinearsPerBlock;
            var qkv = Linear(first, Norm(x, _blocks[layer].First), pass);
            x = Linear(first + 1, Attend(layer, qkv, pass), pass, residual: x);
            var h = Linear(first + 2, Norm(x, _blocks[layer].Second), pass);
            x = Linear(first + 3, Activate(h), pass, residual: x);
        }

        return Norm(x, _norm);
    }

    private Tensor Attend(int layer, Tensor qkv, ForwardPass pass)
    {
        long size = Config.HeadSize;
        if (!pass.HasCache)
        {
            var heads = qkv.view(pass.Batch, pass.Time, 3, Config.Heads, size).permute(2, 0, 3, 1, 4).unbind(0); // 3 × (B, heads, T, hs)
            return Attention.Attend(heads[0], heads[1], heads[2], pass);
        }

        var parts = qkv.chunk(3, 1);
        (var keys, var values) = pass.Extend(layer, parts[1].contiguous(), parts[2].contiguous());
        return Attention.Attend(
            Attention.SplitHeads(parts[0].contiguous().view(pass.Batch, pass.Time, -1), Config.Heads),
            Attention.SplitHeads(keys, Config.Heads),
            Attention.SplitHeads(values, Config.Heads),
            pass);
    }

    private Tensor Activate(Tensor x) => Config.Activation == Activation.Gelu
        ? nn.functional.gelu(x)
        : nn.functional.gelu(x, GELU.Approximate.tanh, false);

    private Tensor Norm(Tensor x, NormWeights norm) =>
        nn.functional.layer_norm(x, [Config.HiddenSize], norm.Weight, norm.Bias, Config.NormEpsilon);

    private NormWeights NormOf(string name) => new(Weight(name + ".weight"), Weight(name + ".bias"));

    private sealed record NormWeights(Tensor Weight, Tensor Bias);

    private sealed record Block(NormWeights First, NormWeights Second);
}
