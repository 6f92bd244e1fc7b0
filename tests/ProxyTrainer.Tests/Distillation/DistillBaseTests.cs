using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Tests.Training;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;
using Tda.TestKit;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Distillation;

/// <summary>Distilling from a surrogate that is there.</summary>
public sealed class DistillBaseTests : IDisposable
{
    // Rows beyond the tokenizer's vocabulary, as published models have them.
    private const int SpareRows = 9;
    private readonly TempDirectory _directory = new();
    private readonly IDisposable _scope = torch.NewDisposeScope();

    private string BaseDirectory => _directory["surrogates/base"];

    public void Dispose()
    {
        _scope.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Run_FromABase_BeginsWithItsWeightsAndKeepsItsTokenizer()
    {
        var from = Import(ModelFamily.Qwen3);
        var messages = new Messages();

        // Steps too small to change a weight: what comes out is what it began with, in both members.
        var result = Distiller.Run(null, Log(), _directory["surrogates/next"], Options(from) with { Ensemble = 2 }, messages);

        var (before, after) = (Surrogate.Open(BaseDirectory), Surrogate.Open(result.Directory));
        using var first = before.LoadModel();
        using var same = after.LoadModel(0);
        using var other = after.LoadModel(1);
        Assert.Equal(TinyModels.Values(first.Flat), TinyModels.Values(same.Flat));
        Assert.Equal(TinyModels.Values(first.Flat), TinyModels.Values(other.Flat));
        Assert.NotEqual(result.Runs[0].History.Losses, result.Runs[1].History.Losses);
        Assert.Contains(messages.Told, text => text.Contains("differ in the order", StringComparison.Ordinal));
        Assert.Equal(first.Config.ToString(), same.Config.ToString());
        Assert.Equal(before.Tokenizer.VocabularySize + SpareRows, same.Config.VocabularySize);
        Assert.All(
            (string[])["tokenizer.json", "special_tokens_map.json", "ensemble/1/tokenizer.json"],
            name => Assert.Equal(File.ReadAllText(Path.Combine(BaseDirectory, Path.GetFileName(name))), File.ReadAllText(Path.Combine(result.Directory, name))));
    }

    [Fact]
    public void Run_FromABase_SaysFromWhichInManifestAndReport()
    {
        var from = Import(ModelFamily.Llama);

        var result = Distiller.Run(null, Log(), _directory["surrogates/next"], Options(from));

        var hash = Hashing.Sha256File(Path.Combine(BaseDirectory, "manifest.json"));
        var report = JsonNode.Parse(File.ReadAllText(Path.Combine(result.Directory, "training.json")))!;
        Assert.Equal(("surrogates/base", hash), ((string?)report["base"], (string?)report["base_hash"]));
        Assert.Equal(hash, Surrogate.Open(result.Directory).Manifest.Inputs["surrogates/base"]);
        Assert.Equal("surrogates/base", result.Base);
    }

    [Fact]
    public void Run_FromABase_MeasuresItsGainOverTheBase()
    {
        var from = Import(ModelFamily.Llama);
        var options = Options(from) with { Training = DistillBase.FineTuning(new TrainingOptions { Epochs = 20, BatchTokens = 128 }, from.Config) };

        var fidelity = Distiller.Run(null, Log(), _directory["surrogates/next"], options).Fidelity[0];

        LoggedResponse[] heldOut = [.. Log().Where(r => ExchangeSplit.IsHeldOut(r.Prompt, 0.2))];
        using var model = from.Load();
        var start = Fidelity.Measure(model, from.Tokenizer, heldOut, [], model.Clone).NatsPerToken;
        Assert.Equal(start, fidelity.UntrainedNatsPerToken, 6);
        Assert.True(fidelity.NatsPerToken < fidelity.UntrainedNatsPerToken, $"{fidelity}");
    }

    [Fact]
    public void Run_KilledAndCalledAgain_GivesTheSameUnlessTheBaseIsAnother()
    {
        var from = Import(ModelFamily.Llama);
        var options = Options(from) with { Training = new TrainingOptions { Optimizer = OptimizerKind.AdamW, Epochs = 4, BatchTokens = 64 } };
        var whole = Distiller.Run(null, Log(), _directory["surrogates/whole"], options);
        Stop("killed");

        var resumed = Distiller.Run(null, Log(), _directory["surrogates/killed"], options);

        Assert.NotNull(resumed.Runs[0].ResumedFrom);
        Assert.Equal(Weights(whole), Weights(resumed));

        Stop("again");
        var another = Options(Import(ModelFamily.Llama, seed: 8)) with { Training = options.Training };
        var anew = Distiller.Run(null, Log(), _directory["surrogates/again"], another);
        Assert.Null(anew.Runs[0].ResumedFrom);
        Assert.NotEqual(Weights(whole), Weights(anew));

        void Stop(string name)
        {
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(
                () => Distiller.Run(null, Log(), _directory[$"surrogates/{name}"], options, new StopAt(3, stop), stop.Token));
        }
    }

    [Fact]
    public void Run_ShorterContext_TrainsOnShorterRows()
    {
        Import(ModelFamily.GptNeox);

        var result = Distiller.Run(null, Log(), _directory["surrogates/next"], Options(DistillBase.Open(BaseDirectory, 8)));

        using var model = Surrogate.Open(result.Directory).LoadModel();
        Assert.Equal(8, model.Config.MaxPositions);
    }

    [Theory]
    [InlineData(ModelFamily.Llama, 17, "has only 16 positions: --context 17")]
    [InlineData(ModelFamily.Gpt2, 8, "gpt2 learned its 16 positions")]
    public void Open_ContextThatCannotBeHad_Refused(ModelFamily family, int context, string message)
    {
        Import(family);
        Assert.Contains(message, Assert.Throws<UsageException>(() => DistillBase.Open(BaseDirectory, context)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TokenizerOfAnotherModel_RefusedByPath()
    {
        Import(ModelFamily.Llama);
        var path = Path.Combine(BaseDirectory, "tokenizer.json");
        BpeTrainer.Train([string.Join(' ', Enumerable.Range(1000, 300))], new BpeOptions { VocabularySize = 330 }).Save(path);
        ArtifactDirectory.Amend(BaseDirectory, "tda.surrogate", 1, ["tokenizer.json"]);

        var error = Assert.Throws<BadInputException>(() => DistillBase.Open(BaseDirectory));

        Assert.Contains("tokenizer.json", error.Path, StringComparison.Ordinal);
        Assert.Contains("belong to different models", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OverItsOwnBase_Refused()
    {
        var options = Options(Import(ModelFamily.Llama)) with { Replace = true };
        Assert.Contains("can't replace itself", Assert.Throws<UsageException>(() => Distiller.Run(null, Log(), BaseDirectory, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Estimate_OfABase_IsOfItsShapeAndTokenizer()
    {
        var from = Import(ModelFamily.Llama);

        var plan = DistillEstimate.Of(null, Log(), Options(from) with { Checkpoints = 1 }, default, timed: false);

        Assert.Equal(from.Config.ParameterCount * sizeof(float) * 4, plan.DiskBytes); // weights; in a checkpoint, weights and two moments
    }

    private static DistillOptions Options(DistillBase from) => new()
    {
        Base = from,
        Training = new TrainingOptions { Optimizer = OptimizerKind.AdamW, LearningRate = 1e-15, Epochs = 1, BatchTokens = 64 },
        Checkpoints = 1,
    };

    private static LoggedResponse[] Log() =>
        [.. Enumerable.Range(0, 24).Select(i => new LoggedResponse($"the cat {i}", $" sat on the {(i % 3 == 0 ? "mat" : "log")}", -2 - i))];

    private static byte[] Weights(DistillResult result) => File.ReadAllBytes(Path.Combine(result.Directory, "model.safetensors"));

    private DistillBase Import(ModelFamily family, long seed = 5)
    {
        var folder = Directory.CreateDirectory(_directory[$"model-{seed}"]).FullName;
        var tokenizer = BpeTrainer.Train(["the cat sat on the mat, the dog sat on the log"], new BpeOptions { VocabularySize = 280 });
        tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(folder, "special_tokens_map.json"), "{}");
        var config = TinyModels.Config(family) with { VocabularySize = tokenizer.VocabularySize + SpareRows, InitializerRange = 0.1 };
        using (var model = LanguageModel.Create(config, seed))
        {
            model.Save(folder);
        }

        SurrogateImporter.Import(folder, BaseDirectory, null, replace: true, NullProgress.Instance, TimeProvider.System);
        return DistillBase.Open(BaseDirectory);
    }

    private sealed class Messages : IProgressSink
    {
        public List<string> Told { get; } = [];

        public void Message(string text) => Told.Add(text);

        public IProgressTask Start(string name, double total, string unit) => NullProgress.Instance.Start(name, total, unit);
    }
}
