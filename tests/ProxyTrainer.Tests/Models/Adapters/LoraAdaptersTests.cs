using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Training;
using Tda.ProxyTrainer.Training;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Models.Adapters;

public sealed class LoraAdaptersTests : IDisposable
{
    private readonly IDisposable _scope = NewDisposeScope();
    private readonly TempDirectory _directory = new();

    public static IEnumerable<TheoryDataRow<ModelFamily, bool>> Families => LanguageModelTests.Families;

    private static TrainingOptions Options => new() { Optimizer = OptimizerKind.AdamW, LearningRate = 0.02, Epochs = 2, BatchTokens = 32, Seed = 1 };

    public void Dispose()
    {
        _scope.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_AgainstPlainLoops_GivesSameLogits(ModelFamily family, bool variant)
    {
        using var model = TinyAdapters.Create(family, variant);
        using var plain = TinyAdapters.Plain(model, family, variant);
        int[][] rows = [TinyModels.Ids(1, 11), TinyModels.Ids(2, 11)];

        var logits = TinyModels.Values(model.Forward(TinyModels.Tensor(rows)));

        TinyModels.AssertClose([.. rows.SelectMany(row => new ReferenceModel(plain).Logits(row)).SelectMany(l => l)], logits, 1e-9);
        using var basis = TinyModels.Create(family, variant: variant);
        Assert.False(basis.Forward(TinyModels.Tensor(rows)).allclose(model.Forward(TinyModels.Tensor(rows)), 1e-3, 1e-3)); // they matter
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Merge_GivesSameLogitsAndAPlainModel(ModelFamily family, bool variant)
    {
        foreach ((var type, var tolerance) in ((ScalarType, double)[])[(ScalarType.Float64, 1e-12), (ScalarType.Float32, 1e-5)])
        {
            using var model = TinyAdapters.Create(family, variant, type);
            using var plain = TinyModels.Create(family, type, variant);
            var ids = TinyModels.Tensor(TinyModels.Ids(1, 11));
            var adapted = TinyModels.Values(model.Forward(ids));

            model.Merge();

            TinyModels.AssertClose(adapted, TinyModels.Values(model.Forward(ids)), tolerance);
            Assert.Null(model.Adapters);
            Assert.Equal(plain.Parameters.Select(p => p.Name), model.Parameters.Select(p => p.Name));
            Assert.All(model.Parameters, p => Assert.True(p.Tensor.requires_grad));
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Attach_FreshAdapters_ChangeNothing(ModelFamily family, bool variant)
    {
        using var model = TinyModels.Create(family, variant: variant);
        var ids = TinyModels.Tensor(TinyModels.Ids(1, 11));
        var before = TinyModels.Values(model.Forward(ids));

        model.Attach(TinyAdapters.Config, seed: 1);

        Assert.Equal(before, TinyModels.Values(model.Forward(ids)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Loss_AgainstFiniteDifferences_HasSameGradient(ModelFamily family, bool variant)
    {
        using var model = TinyAdapters.Create(family, variant);
        var batch = Batch.Collate(Examples(), [0, 1], CPU, ScalarType.Float64);
        FiniteDifferences.AssertGradient(model, batch);
    }

    /// <summary>Each example alone, by autograd with respect to A and B, against Σ_t s_t a_tᵀ of a batch with padding.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Taps_OfABatch_GiveEveryExamplesGradientOfAandB(ModelFamily family, bool variant)
    {
        using var model = TinyAdapters.Create(family, variant);
        var examples = Examples();
        var batch = Batch.Collate(examples, [0, 1, 2], CPU, ScalarType.Float64);
        using var taps = TapSet.Create(model, batch.Ids.shape[0], batch.Ids.shape[1]);
        var loss = TokenLoss.Nll(model, batch, taps).sum();
        var s = autograd.grad([loss], [.. taps.Tensors]);

        for (var row = 0; row < examples.Length; row++)
        {
            var alone = TokenLoss.Nll(model, Batch.Collate(examples, [row], CPU, ScalarType.Float64)).sum();
            var expected = autograd.grad([alone], [.. model.TrackedLinears.Select(linear => linear.Weight)]);
            for (var layer = 0; layer < expected.Count; layer++)
            {
                var gradient = s[layer].select(0, row).t().mm(taps.Inputs[layer].select(0, row)); // Σ s aᵀ
                TinyModels.AssertClose(TinyModels.Values(expected[layer]), TinyModels.Values(gradient), 1e-9);
            }
        }
    }

    [Fact]
    public void Taps_LayersThatReadOneInput_ShareIt()
    {
        using var model = TinyAdapters.Create(ModelFamily.Llama);
        using var taps = TapSet.Create(model, 1, 7);

        model.Forward(TinyModels.Tensor(TinyModels.Ids(5, 7)), new ForwardOptions { Taps = taps });

        Assert.Same(taps.Inputs[0], taps.Inputs[2]); // A of q and of k
        Assert.NotSame(taps.Inputs[0], taps.Inputs[1]);
    }

    /// <summary>On the third of layers that are chosen nothing else is trained, kept moments of, or differentiated.</summary>
    [Fact]
    public void Run_Trains_AandBAlone()
    {
        using var model = TinyModels.Create(ModelFamily.Llama, ScalarType.Float32);
        var basis = model.Parameters;
        var before = basis.Select(p => TinyModels.Values(p.Tensor)).ToArray();
        model.Attach(new LoraConfig { Rank = 2, Alpha = 4, Targets = new(["q_proj", "v_proj"]) }, seed: 1);
        var adapters = TinyModels.Values(model.Flat);

        var result = Trainer.Run(model, Examples(), Options with { Epochs = 20 });

        Assert.Equal(before, basis.Select(p => TinyModels.Values(p.Tensor)));
        Assert.All(basis, p => Assert.False(p.Tensor.requires_grad));
        Assert.All(model.Parameters, p => Assert.NotEqual(adapters.AsSpan((int)p.Offset, (int)p.Tensor.numel()).ToArray(), TinyModels.Values(p.Tensor)));
        Assert.True(result.History.Losses[^1] < result.History.Losses[0]);
        const int Rank = 2, Blocks = 2, Width = 16, Values = 8;
        Assert.Equal(Blocks * Rank * (Width + Width + Width + Values), model.Flat.numel());
        using var optimizer = new AdamW(FlatWeights.Of(model));
        Assert.All(optimizer.State.Values, moments => Assert.Equal(model.Flat.numel(), moments.numel()));
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Muon)]
    public void Run_KilledAndResumed_HasTheSameCurveAndAdapters(OptimizerKind optimizer)
    {
        var options = Options with { Optimizer = optimizer, Epochs = 6 };
        using var whole = Trainable();
        var uninterrupted = Trainer.Run(whole, Examples(), options);
        var kept = options with { CheckpointDirectory = _directory["checkpoints"], CheckpointEvery = 2 };
        using (var killed = Trainable())
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => Trainer.Run(killed, Examples(), kept, new StopAt(3, stop), stop.Token));
        }

        using var resumed = Trainable(seed: 99); // its own adapters must not matter
        var result = Trainer.Run(resumed, Examples(), kept);

        Assert.Equal(3, result.ResumedFrom);
        Assert.Equal(uninterrupted.History.Losses, result.History.Losses);
        Assert.Equal(TinyModels.Values(whole.Flat), TinyModels.Values(resumed.Flat));
        using var other = TinyModels.Create(ModelFamily.Qwen2, ScalarType.Float32);
        other.Attach(TinyAdapters.Config with { Alpha = 9 }, seed: 1);
        Assert.Contains("another model", Assert.Throws<BadInputException>(() => Trainer.Run(other, Examples(), kept)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Initialize_SameSeed_SameNumbersWithinTheirBound()
    {
        using var all = TinyModels.Create(ModelFamily.Llama);
        using var some = TinyModels.Create(ModelFamily.Llama);
        all.Attach(new LoraConfig { Rank = 4, Alpha = 4 }, seed: 7);
        some.Attach(new LoraConfig { Rank = 4, Alpha = 4, Targets = new(["down_proj"]) }, seed: 7);

        var name = some.Parameters[0].Name;
        Assert.Equal(TinyModels.Values(all.Parameters.Single(p => p.Name == name).Tensor), TinyModels.Values(some.Parameters[0].Tensor));
        Assert.All(some.Parameters.Where(p => p.Name.EndsWith("lora_B.weight", StringComparison.Ordinal)), p => Assert.All(TinyModels.Values(p.Tensor), v => Assert.Equal(0, v)));
        var a = TinyModels.Values(some.Parameters[0].Tensor);
        Assert.All(a, v => Assert.InRange(Math.Abs(v), 0, 1 / Math.Sqrt(24)));
        Assert.InRange(a.Max(), .8 / Math.Sqrt(24), 1);
    }

    [Fact]
    public void Clone_OfAnAdaptedModel_HasAdaptersOfItsOwn()
    {
        using var model = TinyAdapters.Create(ModelFamily.Gpt2);
        var ids = TinyModels.Tensor(TinyModels.Ids(1, 11));
        using var copy = model.Clone();
        Assert.Equal(TinyModels.Values(model.Forward(ids)), TinyModels.Values(copy.Forward(ids)));
        using (no_grad())
        {
            copy.Flat.zero_();
        }

        Assert.NotEqual(TinyModels.Values(model.Forward(ids)), TinyModels.Values(copy.Forward(ids)));
    }

    [Fact]
    public void Attach_ImpossibleConfiguration_IsRefusedByName()
    {
        using var model = TinyModels.Create(ModelFamily.Llama);
        Assert.Contains("rank", Assert.Throws<UsageException>(() => model.Attach(new LoraConfig { Rank = 0, Alpha = 1 }, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("alpha", Assert.Throws<UsageException>(() => model.Attach(new LoraConfig { Rank = 1, Alpha = double.NaN }, 1)).Message, StringComparison.Ordinal);
        var unknown = Assert.Throws<UsageException>(() => model.Attach(new LoraConfig { Rank = 1, Alpha = 1, Targets = new(["c_attn"]) }, 1));
        Assert.Contains("c_attn: it has q_proj, k_proj", unknown.Message, StringComparison.Ordinal);
        Assert.Null(model.Adapters);
        model.Attach(TinyAdapters.Config, 1);
        Assert.Throws<InvalidOperationException>(() => model.Attach(TinyAdapters.Config, 1));
    }

    private static LanguageModel Trainable(long seed = 5)
    {
        var model = TinyModels.Create(ModelFamily.Qwen2, ScalarType.Float32);
        model.Attach(TinyAdapters.Config, seed);
        return model;
    }

    private static TrainingExample[] Examples() =>
    [
        new([1, .. TinyModels.Ids(8, 9)], [0, 0, 0, 1, 1, 1, 0.5f, 2, 1, 1]),
        new([1, .. TinyModels.Ids(9, 5)], [0, 1, 1, 1, 1, 1]),
        new([1, .. TinyModels.Ids(10, 12)], [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ];
}
