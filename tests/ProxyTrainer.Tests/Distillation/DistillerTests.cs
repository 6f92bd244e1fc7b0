using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Training;
using Tda.ProxyTrainer.Training;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Distillation;

public sealed class DistillerTests : IDisposable
{
    private static readonly string[] Animals = ["cat", "dog", "fox", "cow", "hen", "pig", "owl", "bee"];
    private readonly string _directory = Directory.CreateTempSubdirectory("tda-distil-").FullName;

    public DistillerTests() => torch.set_num_threads(1);

    private static DistillOptions Options => new()
    {
        Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 32, Layers = 1, Heads = 2, MaxPositions = 48 },
        VocabularySize = 300,
        Training = new TrainingOptions { Epochs = 6, BatchTokens = 256 },
        Checkpoints = 3,
        Ensemble = 2,
        Seed = 4,
    };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Run_DocumentsAndAnswers_LeavesAFaithfulSurrogate()
    {
        var target = Path.Combine(_directory, "s");
        var result = Distiller.Run(OpenCorpus(), Log(), target, Options);
        Assert.Equal(2, result.Fidelity.Count);
        var fidelity = result.Fidelity[0];
        Assert.True(fidelity.NatsPerToken < 0.5 * fidelity.UnigramNatsPerToken, $"{fidelity}");
        Assert.True(fidelity.UnigramNatsPerToken < fidelity.UntrainedNatsPerToken, $"{fidelity}");
        Assert.True(fidelity.RankCorrelation is >= -1 and <= 1);
        Assert.Equal(result.HeldOut, fidelity.Answers);

        var surrogate = Surrogate.Open(target);
        Assert.Equal(2, surrogate.MemberDirectories.Count);
        Assert.Equal(3, surrogate.Checkpoints(1).Count);
        using var first = surrogate.LoadModel(0);
        using var second = surrogate.LoadModel(1);
        Assert.Equal(surrogate.Tokenizer.VocabularySize, first.Config.VocabularySize);
        LoggedResponse[] heldOut = [.. Log().Where(r => ExchangeSplit.IsHeldOut(r.Prompt, 0.2))];
        Assert.Equal(fidelity.NatsPerToken, Fidelity.Measure(first, surrogate.Tokenizer, heldOut, [], first.Clone).NatsPerToken, 6);
        Assert.NotEqual(first.Flat.sum().item<float>(), second.Flat.sum().item<float>());
        var report = JsonNode.Parse(File.ReadAllText(Path.Combine(target, "training.json")))!;
        Assert.Equal(result.Runs[0].Steps, report["history"]!["learning_rates"]!.AsArray().Count);
        Assert.True(File.Exists(Path.Combine(target, "tokenizer_config.json")));
    }

    [Fact]
    public void Run_KilledAndCalledAgain_GivesTheSameSurrogate()
    {
        var whole = Distiller.Run(OpenCorpus(), Log(), Path.Combine(_directory, "whole"), Options);
        var target = Path.Combine(_directory, "killed");
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Distiller.Run(OpenCorpus(), Log(), target, Options, new StopAt(5, stop), stop.Token));
        Assert.False(Directory.Exists(target));
        var resumed = Distiller.Run(OpenCorpus(), Log(), target, Options);
        Assert.NotNull(resumed.Runs[0].ResumedFrom);
        Assert.Equal(whole.Runs[0].History.Losses, resumed.Runs[0].History.Losses);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_directory, "whole", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(target, "model.safetensors")));
    }

    [Fact]
    public void Run_NothingSeen_SaysSo() =>
        Assert.Contains("no corpus", Assert.Throws<UsageException>(() => Distiller.Run(null, [], Path.Combine(_directory, "x"), Options)).Message);

    private static LoggedResponse[] Log() =>
        [.. Enumerable.Range(0, 60).Select(i => new LoggedResponse($"Tell me of the {Animals[i % 8]} number {i}.", $" The {Animals[i % 8]} is at home.", -5 - (i % 8)))];

    private Corpus OpenCorpus()
    {
        var path = Path.Combine(_directory, "corpus");
        if (!Directory.Exists(path))
        {
            using var writer = CorpusWriter.Create(path, TimeProvider.System);
            for (var i = 0; i < 60; i++)
            {
                var text = $"Entry {i}. The {Animals[i % 8]} is at home. The {Animals[(i + 3) % 8]} is not at home.";
                writer.Add(new Document(DocumentId.Of(text), "farm", text));
            }

            writer.Commit();
        }

        return Corpus.Open(path);
    }
}
