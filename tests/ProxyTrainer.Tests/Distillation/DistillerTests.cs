using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Alignment;
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
    public void Run_LogProbabilities_AreLearnedMeasuredAndResumedBitForBit()
    {
        var target = Path.Combine(_directory, "soft");
        var options = Options with { Ensemble = 1, VocabularySize = 360, DistilWeight = 1 };
        var result = Distiller.Run(OpenCorpus(), SoftLog(), target, options);

        Assert.Equal(result.Responses - SoftLog().Count(r => r.Tokens is null && !ExchangeSplit.IsHeldOut(r.Prompt, .2)), result.WithLogprobs);
        var fidelity = Assert.Single(result.Fidelity);
        Assert.True(fidelity.KlPerRun > 0 && fidelity.KlRuns > 0);
        Assert.True(fidelity.TopAgreement > .5, $"{fidelity}");
        Assert.All(
            new[] { fidelity.Intervals!.NatsPerToken, fidelity.Intervals.NatsPerByte, fidelity.Intervals.KlPerRun, fidelity.Intervals.TopAgreement },
            interval => Assert.True(interval!.Low <= interval.Value && interval.Value <= interval.High, $"{interval}"));
        Assert.Equal(fidelity.KlPerRun.Value, fidelity.Intervals.KlPerRun!.Value, 12);
        Assert.Equal(fidelity.NatsPerToken, fidelity.Intervals.NatsPerToken!.Value, 12);

        // The closed model prefers the fox where it says something else; a surrogate of answers alone doesn't know.
        var answers = Distiller.Run(OpenCorpus(), SoftLog(), Path.Combine(_directory, "hard"), options with { DistilWeight = 0 });
        Assert.True(fidelity.KlPerRun < answers.Fidelity[0].KlPerRun, $"{fidelity.KlPerRun} against {answers.Fidelity[0].KlPerRun}");
        Assert.Equal(0, answers.WithLogprobs);

        var killed = Path.Combine(_directory, "killed-soft");
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Distiller.Run(OpenCorpus(), SoftLog(), killed, options, new StopAt(5, stop), stop.Token));
        Assert.NotNull(Distiller.Run(OpenCorpus(), SoftLog(), killed, options).Runs[0].ResumedFrom);
        Assert.Equal(File.ReadAllBytes(Path.Combine(target, "model.safetensors")), File.ReadAllBytes(Path.Combine(killed, "model.safetensors")));
    }

    [Fact]
    public void Run_NoLogProbabilities_EqualsAnswersAloneBitForBit()
    {
        var options = Options with { Ensemble = 1, Training = Options.Training with { MaxSteps = 6 } };
        Distiller.Run(OpenCorpus(), Log(), Path.Combine(_directory, "a"), options with { DistilWeight = 1 });
        Distiller.Run(OpenCorpus(), Log(), Path.Combine(_directory, "b"), options with { DistilWeight = 0 });
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_directory, "a", "model.safetensors")), File.ReadAllBytes(Path.Combine(_directory, "b", "model.safetensors")));
    }

    [Fact]
    public void Fidelity_OfAnEarlierVersionsReport_IsStillRead()
    {
        var target = Path.Combine(_directory, "old");
        Distiller.Run(OpenCorpus(), Log(), target, Options with { Ensemble = 1, Training = Options.Training with { MaxSteps = 2 } });
        var path = Path.Combine(target, "training.json");
        var report = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var member in new[] { "nats_per_byte", "kl_runs", "top_compared", "intervals" })
        {
            Assert.True(report["fidelity"]!.AsObject().Remove(member), member);
        }

        File.WriteAllText(path, report.ToJsonString());
        var fidelity = Surrogate.Open(target, verify: false).Fidelity()!;
        Assert.True(fidelity is { NatsPerToken: > 0, Intervals: null, KlPerRun: null, TopAgreement: null, NatsPerByte: null });
    }

    [Fact]
    public void Run_NothingSeen_SaysSo() =>
        Assert.Contains("no corpus", Assert.Throws<UsageException>(() => Distiller.Run(null, [], Path.Combine(_directory, "x"), Options)).Message);

    private static LoggedResponse[] Log() =>
        [.. Enumerable.Range(0, 60).Select(i => new LoggedResponse($"Tell me of the {Animals[i % 8]} number {i}.", $" The {Animals[i % 8]} is at home.", -5 - (i % 8)))];

    // " The", then the animal, for which the closed model would rather say fox, then the rest. Every tenth has no log-probabilities.
    private static LoggedResponse[] SoftLog() =>
    [
        .. Log().Select((answer, i) =>
        {
            var animal = Animals[i % 8];
            TokenLogprob[] logged =
            [
                new(" The", Math.Log(.9), []),
                new($" {animal}", Math.Log(.2),
                    [new TokenAlternative($" {animal}", Math.Log(.2)), .. animal == "fox" ? [] : new[] { new TokenAlternative(" fox", Math.Log(.6)) }]),
                new(" is at home.", Math.Log(.95), []),
            ];
            Assert.True(UpstreamTokens.TryRead(answer.Response, logged, out var tokens, out var fault), fault);
            return i % 10 == 0 ? answer : answer with { Tokens = tokens, Logprob = tokens.Logprob };
        }),
    ];

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
