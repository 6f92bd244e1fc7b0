using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Tests.Training;
using Tda.ProxyTrainer.Training;
using Tda.TestKit;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Distillation;

/// <summary>Surrogates whose adapters are trained on a base, and what becomes of them: resumed, merged, taken as a base.</summary>
public sealed class AdapterDistillationTests : IDisposable
{
    private static readonly int[] Ids = [5, 19, 2, 250, 81, 7];
    private readonly TempDirectory _directory = new();
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public AdapterDistillationTests()
    {
        torch.set_num_threads(1);
        var options = new DistillOptions
        {
            Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 32, Layers = 1, Heads = 2, MaxPositions = 48 },
            VocabularySize = 300,
            Training = new TrainingOptions { Epochs = 30, BatchTokens = 256 },
            Checkpoints = 1,
        };
        Distiller.Run(null, [.. Log("is at home").Take(40)], Base, options);
    }

    private string Base => _directory["surrogates/base"];

    private string Tuned => _directory["surrogates/tuned"];

    public void Dispose()
    {
        _scope.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Run_AdaptersOnABase_LearnAndLeaveTheBaseAlone()
    {
        var (before, weights) = (Logits(Surrogate.Open(Base).LoadModel()), File.ReadAllBytes(Path.Combine(Base, "model.safetensors")));

        var result = Distiller.Run(null, Log("at home is"), Tuned, Options());

        const int Widths = (4 * (32 + 32)) + (2 * (32 + 96)) + (96 + 32); // q, k, v, o; gate, up; down
        Assert.Equal(4 * Widths, result.TrainedParameters);
        Assert.True(result.Fidelity[0].NatsPerToken < 0.7 * result.Fidelity[0].UntrainedNatsPerToken, $"{result.Fidelity[0]}");
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(Base, "model.safetensors")));
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(Tuned, "model.safetensors")));

        var surrogate = Surrogate.Open(Tuned);
        Assert.True(surrogate.HasAdapters);
        using (var adapted = surrogate.LoadModel(parameters: ModelParameters.Adapters))
        using (var merged = surrogate.LoadModel())
        {
            Assert.Equal((4, 8.0, "surrogates/base"), (adapted.Adapters!.Rank, adapted.Adapters.Alpha, adapted.Adapters.BaseModel));
            Assert.Null(merged.Adapters);
            TinyModels.AssertClose(Logits(adapted), Logits(merged), 1e-5);
            Assert.NotEqual(before, Logits(merged));
        }

        // Checkpoints hold adapters and their moments alone.
        var checkpoint = surrogate.Checkpoints()[^1];
        Assert.False(File.Exists(Path.Combine(checkpoint.Directory, "model.safetensors")));
        using (var last = checkpoint.Load())
        using (var adapted = surrogate.LoadModel(parameters: ModelParameters.Adapters))
        {
            Assert.Equal(TinyModels.Values(adapted.Flat), TinyModels.Values(last.Flat));
            Assert.Equal(adapted.Flat.numel(), checkpoint.SecondMoments(last).numel());
        }

        Assert.Equal(result.TrainedParameters, surrogate.Manifest.Details["adapter_parameters"]!.GetValue<long>());
        Assert.Contains("surrogates/base", surrogate.Manifest.Inputs.Keys);
        Assert.Equal(4, JsonNode.Parse(File.ReadAllText(Path.Combine(Tuned, "training.json")))!["adapters"]!["rank"]!.GetValue<int>());

        // It outlives its base.
        using var model = surrogate.LoadModel();
        Directory.Delete(Base, recursive: true);
        using var alone = Surrogate.Open(Tuned).LoadModel();
        Assert.Equal(Logits(model), Logits(alone));
    }

    [Fact]
    public void Run_KilledAndCalledAgain_GivesTheSameAdapters()
    {
        Distiller.Run(null, Log("at home is"), Tuned, Options(ensemble: 2));
        var target = _directory["surrogates/killed"];
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Distiller.Run(null, Log("at home is"), target, Options(ensemble: 2), new StopAt(3, stop), stop.Token));

        var resumed = Distiller.Run(null, Log("at home is"), target, Options(ensemble: 2));

        Assert.Equal(3, resumed.Runs[0].ResumedFrom);
        Assert.Equal(Adapters(Tuned), Adapters(target));
        Assert.Equal(Adapters(Path.Combine(Tuned, "ensemble", "1")), Adapters(Path.Combine(target, "ensemble", "1")));
        Assert.NotEqual(Adapters(Tuned), Adapters(Path.Combine(Tuned, "ensemble", "1")));

        byte[] Adapters(string folder) => File.ReadAllBytes(Path.Combine(folder, "adapter", "adapter_model.safetensors"));
    }

    [Fact]
    public void Run_OnABaseWithAdapters_StartsFromThoseInItsWeights()
    {
        Distiller.Run(null, Log("at home is"), Tuned, Options());
        var second = _directory["surrogates/second"];

        var result = Distiller.Run(null, Log("home is at"), second, Options(from: Tuned));

        using var first = Surrogate.Open(Tuned).LoadModel();
        using var basis = LanguageModel.LoadBase(second);
        Assert.Equal(Logits(first), Logits(basis));
        Assert.True(result.Fidelity[0].NatsPerToken < result.Fidelity[0].UntrainedNatsPerToken);
    }

    [Fact]
    public void Run_AdaptersThatCantBe_AreRefused()
    {
        var error = Assert.Throws<UsageException>(() => Distiller.Run(null, Log("at home is"), Tuned, new DistillOptions { Lora = Lora }));
        Assert.Contains("adapters need a base", error.Message, StringComparison.Ordinal);
        var unknown = Options() with { Lora = Lora with { Targets = new(["c_attn"]) } };
        Assert.Contains("c_attn: it has q_proj", Assert.Throws<UsageException>(() => Distiller.Run(null, Log("at home is"), Tuned, unknown)).Message, StringComparison.Ordinal);
        var partly = Options() with { Lora = Lora with { Targets = new(["q_proj", "vproj"]) } };
        Assert.Contains("vproj", Assert.Throws<UsageException>(() => Distiller.Run(null, Log("at home is"), Tuned, partly)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_OfAnEnsemble_GivesPlainModelsThatComputeTheSame()
    {
        Distiller.Run(null, Log("at home is"), Tuned, Options(ensemble: 2));
        var merged = _directory["surrogates/merged"];

        var result = SurrogateMerger.Run(Tuned, merged, replace: false, NullProgress.Instance, TimeProvider.System);

        Assert.Equal(("surrogates/tuned", 2), (result.From, result.Members));
        var (from, plain) = (Surrogate.Open(Tuned), Surrogate.Open(merged));
        Assert.False(plain.HasAdapters);
        for (var member = 0; member < 2; member++)
        {
            using var adapted = from.LoadModel(member, ModelParameters.Adapters);
            using var model = plain.LoadModel(member);
            TinyModels.AssertClose(Logits(adapted), Logits(model), 1e-5);
        }

        Assert.Equal(from.Tokenizer.Hash, plain.Tokenizer.Hash);
        Assert.Equal(from.Fidelity()!.NatsPerToken, plain.Fidelity()!.NatsPerToken);
        Assert.Contains("surrogates/tuned", plain.Manifest.Inputs.Keys);
        Assert.Contains("no adapters", Refused(merged, _directory["surrogates/again"]), StringComparison.Ordinal);
        Assert.Contains("can't replace itself", Refused(Tuned, Tuned), StringComparison.Ordinal);
        Assert.Contains("exists already", Refused(Tuned, merged), StringComparison.Ordinal);

        static string Refused(string source, string target) => Assert.Throws<UsageException>(
            () => SurrogateMerger.Run(source, target, replace: source == target, NullProgress.Instance, TimeProvider.System)).Message;
    }

    [Fact]
    public void Estimate_OfAdapters_CountsThemAlone()
    {
        var all = DistillEstimate.Of(null, Log("at home is"), Options() with { Lora = null }, default, timed: false);
        var adapters = DistillEstimate.Of(null, Log("at home is"), Options(), default, timed: false);

        using var model = Surrogate.Open(Base).LoadModel();
        var numbers = Lora.ParameterCount(model.Config);
        Assert.Equal(4L * (1 + (3 * 2)) * numbers, adapters.DiskBytes);
        // Two moments of every weight, against the adapters themselves and theirs; activations, which both need, outweigh the gradients.
        Assert.Equal(4L * ((2 * model.Config.ParameterCount) - (3 * numbers)), all.MemoryBytes - adapters.MemoryBytes);
        model.Attach(Lora, 1);
        Assert.Equal(numbers, model.Flat.numel());
    }

    private static LoraConfig Lora => new() { Rank = 4, Alpha = 8 };

    private static LoggedResponse[] Log(string said) =>
        [.. Enumerable.Range(0, 60).Select(i => new LoggedResponse($"Tell me of number {i}.", $" The {(i % 2 == 0 ? "cat" : "dog")} {said}."))];

    private static double[] Logits(LanguageModel model) => TinyModels.Values(model.Forward(TinyModels.Tensor(Ids)));

    private DistillOptions Options(int ensemble = 1, string? from = null) => new()
    {
        Base = DistillBase.Open(from ?? Base),
        Lora = Lora,
        Ensemble = ensemble,
        Checkpoints = 2,
        Seed = 4,
        Training = new TrainingOptions { Optimizer = OptimizerKind.AdamW, LearningRate = .05, Epochs = 6, BatchTokens = 256 },
    };
}
