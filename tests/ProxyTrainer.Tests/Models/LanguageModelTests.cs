using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Models;

public sealed class LanguageModelTests : IDisposable
{
    private readonly IDisposable _scope = NewDisposeScope();

    public static TheoryData<ModelFamily, bool> Families => new()
    {
        { ModelFamily.Llama, false },
        { ModelFamily.Llama, true },
        { ModelFamily.Gpt2, false },
        { ModelFamily.Mistral, true },
        { ModelFamily.Qwen2, false },
        { ModelFamily.Qwen2, true },
        { ModelFamily.Qwen3, false },
        { ModelFamily.Qwen3, true },
        { ModelFamily.GptNeox, false },
        { ModelFamily.GptNeox, true },
    };

    public void Dispose() => _scope.Dispose();

    /// <summary>The fused attention has no second derivative; the composed one, which has, must be the same function.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_ForSecondDerivatives_GivesSameLogits(ModelFamily family, bool variant)
    {
        using var model = TinyModels.Create(family, variant: variant);
        var ids = tensor(TinyModels.Ids(1, 20).Select(id => (long)id).ToArray(), [2, 10]);

        var composed = model.Forward(ids, new ForwardOptions { SecondOrder = true });

        Assert.True(composed.allclose(model.Forward(ids), 1e-12, 1e-12));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_AgainstPlainLoops_GivesSameLogits(ModelFamily family, bool variant)
    {
        foreach ((var type, var tolerance) in ((ScalarType, double)[])[(ScalarType.Float64, 1e-9), (ScalarType.Float32, 1e-4)])
        {
            using var model = TinyModels.Create(family, type, variant);
            int[][] rows = [TinyModels.Ids(1, 11), TinyModels.Ids(2, 11)];
            var logits = model.Forward(TinyModels.Tensor(rows));
            double[] expected = [.. rows.SelectMany(row => new ReferenceModel(model).Logits(row)).SelectMany(l => l)];
            TinyModels.AssertClose(expected, TinyModels.Values(logits), tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Loss_AgainstFiniteDifferences_HasSameGradient(ModelFamily family, bool variant)
    {
        using var model = TinyModels.Create(family, variant: variant);
        var batch = Batch.Collate(Examples(), [0, 1], CPU, ScalarType.Float64);
        FiniteDifferences.AssertGradient(model, batch);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_PaddedOrInAnotherBatch_GivesSameLogits(ModelFamily family, bool variant)
    {
        using var model = TinyModels.Create(family, variant: variant);
        var sequence = TinyModels.Ids(5, 7);
        var alone = TinyModels.Values(model.Forward(TinyModels.Tensor(sequence)));
        var together = model.Forward(TinyModels.Tensor(TinyModels.Ids(6, 12), sequence, TinyModels.Ids(7, 3)));
        TinyModels.AssertClose(alone, TinyModels.Values(together.select(0, 1).narrow(0, 0, 7)), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_ChosenPositions_GivesTheirLogits(ModelFamily family, bool variant)
    {
        using var model = TinyModels.Create(family, variant: variant);
        var ids = TinyModels.Tensor(TinyModels.Ids(5, 7), TinyModels.Ids(6, 7));
        var all = model.Forward(ids).view(14, -1);
        var positions = tensor([13L, 2L, 7L]);
        var chosen = model.Forward(ids, new ForwardOptions { LogitPositions = positions });
        TinyModels.AssertClose(TinyModels.Values(all.index_select(0, positions)), TinyModels.Values(chosen), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Taps_SummedOverTokens_GiveWeightGradients(ModelFamily family, bool variant)
    {
        using var model = TinyModels.Create(family, variant: variant);
        var batch = Batch.Collate(Examples(), [0, 1], CPU, ScalarType.Float64);
        using var taps = TapSet.Create(model, batch.Ids.shape[0], batch.Ids.shape[1]);
        var loss = TokenLoss.Nll(model, batch, taps).sum();
        var s = autograd.grad([loss], [.. taps.Tensors], retain_graph: true);
        for (var i = 0; i < model.TrackedLinears.Count; i++)
        {
            var linear = model.TrackedLinears[i];
            var weight = autograd.grad([loss], [linear.Weight], retain_graph: true)[0];
            var sum = einsum("bto,bti->oi", s[i], taps.Inputs[i]); // dW = Σ s aᵀ
            TinyModels.AssertClose(TinyModels.Values(weight), TinyModels.Values(sum), 1e-11);
            if (linear.Bias is not null)
            {
                var bias = autograd.grad([loss], [linear.Bias], retain_graph: true)[0];
                TinyModels.AssertClose(TinyModels.Values(bias), TinyModels.Values(s[i].sum(0L).sum(0L)), 1e-11);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_WithTaps_GivesSameLogits(ModelFamily family, bool variant)
    {
        using var model = TinyModels.Create(family, variant: variant);
        var ids = TinyModels.Tensor(TinyModels.Ids(5, 7));
        using var taps = TapSet.Create(model, 1, 7);
        var tapped = TinyModels.Values(model.Forward(ids, new ForwardOptions { Taps = taps }));
        Assert.Equal(TinyModels.Values(model.Forward(ids)), tapped);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_WithCache_EqualsFullPass(ModelFamily family, bool variant)
    {
        using var model = TinyModels.Create(family, variant: variant);
        using var noGrad = no_grad();
        int[][] sequences = [TinyModels.Ids(1, 12), TinyModels.Ids(2, 9), TinyModels.Ids(3, 14)];
        int[] prompts = [5, 2, 7];
        using var cache = new KeyValueCache(model, 4);

        // Prompts of different lengths join in two passes, into rows 2, 0 and then 1.
        Check(model.Forward(
            TinyModels.Tensor(sequences[0][..5], sequences[1][..2]),
            new ForwardOptions { Cache = cache, CacheRows = [2, 0], Lengths = [5, 2] }), sequences[..2], [0, 0], [5, 2]);
        Check(model.Forward(TinyModels.Tensor(sequences[2][..7]), new ForwardOptions { Cache = cache, CacheRows = [1] }), [sequences[2]], [0], [7]);
        Assert.Equal([2, 7, 5, 0], cache.Lengths);

        // They grow one token at a time, one batch, each at its own position.
        cache.Move(2, 3);
        cache.Move(3, 2);
        int[] order = [1, 2, 0];
        for (var t = 0; t < 5; t++)
        {
            int[][] rows = [.. order.Select(s => sequences[s])];
            int[] starts = [.. order.Select(s => prompts[s] + t)];
            Check(model.Forward(TinyModels.Tensor([.. rows.Select((row, i) => new[] { row[starts[i]] })]), new ForwardOptions { Cache = cache }), rows, starts, [1, 1, 1]);
        }

        // Several tokens at once on top of others (a chunked prompt), rows of different lengths.
        Check(
            model.Forward(TinyModels.Tensor(sequences[0][10..12], sequences[1][7..8]), new ForwardOptions { Cache = cache, CacheRows = [2, 0], Lengths = [2, 1] }),
            sequences[..2], [10, 7], [2, 1]);

        void Check(Tensor logits, int[][] rows, int[] starts, int[] counts)
        {
            for (var row = 0; row < rows.Length; row++)
            {
                var full = model.Forward(TinyModels.Tensor(rows[row])).select(0, 0).narrow(0, starts[row], counts[row]);
                TinyModels.AssertClose(TinyModels.Values(full), TinyModels.Values(logits.select(0, row).narrow(0, 0, counts[row])), 1e-11);
            }
        }
    }

    [Fact]
    public void Forward_LongerThanPositions_Throws()
    {
        using var model = TinyModels.Create(ModelFamily.Llama);
        Assert.Throws<ArgumentException>(() => model.Forward(TinyModels.Tensor(TinyModels.Ids(1, 17))));
    }

    [Fact]
    public void Create_SameSeed_SameWeights()
    {
        using var a = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama), 5);
        using var b = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama), 5);
        using var c = LanguageModel.Create(TinyModels.Config(ModelFamily.Llama), 6);
        Assert.Equal(TinyModels.Values(a.Flat), TinyModels.Values(b.Flat));
        Assert.NotEqual(TinyModels.Values(a.Flat), TinyModels.Values(c.Flat));
    }

    [Fact]
    public void Create_LargeMatrix_HasTheAskedSpread()
    {
        ModelConfig config = new() { Family = ModelFamily.Gpt2, VocabularySize = 300, HiddenSize = 64, Layers = 8, Heads = 4 };
        using var model = LanguageModel.Create(config, 1);
        double Spread(string name) => Math.Sqrt(TinyModels.Values(model.Parameters.Single(p => p.Name == name).Tensor).Average(v => v * v));
        Assert.Equal(0.02, Spread("transformer.wte.weight"), 0.001);
        Assert.Equal(0.02 / 4, Spread("transformer.h.3.mlp.c_proj.weight"), 0.0003); // √(2 · 8) = 4
        Assert.Equal(1, Spread("transformer.h.3.ln_1.weight"));
        Assert.Equal(0, Spread("transformer.h.3.attn.c_attn.bias"));
    }

    private static TrainingExample[] Examples() =>
    [
        new([1, .. TinyModels.Ids(8, 9)], [0, 0, 0, 1, 1, 1, 0.5f, 2, 1, 1]),
        new([1, .. TinyModels.Ids(9, 5)], [0, 1, 1, 1, 1, 1]),
    ];
}
