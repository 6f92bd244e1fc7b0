using Tda.Core.Masks;
using Tda.Lab.Generation;
using Tda.Lab.Models;
using Tda.Lab.Tests.Support;
using Tda.Lab.Training;
using Tda.TestKit;

namespace Tda.Lab.Tests.Training;

public sealed class LabTrainerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Run_Fresh_LearnsAndWritesAModelThatLoads()
    {
        var corpus = TinyModels.WriteCorpus(_directory, "corpus", TinyModels.Sentences(120, 1));
        var result = Run(Options("lab", corpus));
        Assert.Equal(corpus.Count, result.Documents);
        Assert.True(result.Training.FinalLoss < 0.6 * result.Training.History.Losses[0], $"{result.Training.History.Losses[0]} to {result.Training.FinalLoss}");

        using var model = LabModel.Open(_directory["lab"]);
        var unseen = TinyModels.Sentences(40, 2);
        var perplexity = Perplexity.Measure(model.Model, model.Tokenizer, unseen);
        Assert.True(perplexity.NatsPerCharacter < 0.5, $"{perplexity.NatsPerCharacter} nats a character");
        Assert.Equal(unseen.Sum(t => t.Length), perplexity.Characters);
        Assert.Equal(unseen.Sum(t => model.Tokenizer.Encode(t).Length + 1), perplexity.Tokens);
        Assert.StartsWith("fp_", model.Fingerprint);

        var artifact = ArtifactDirectory.Open(_directory["lab"], LabTrainer.Format, LabTrainer.Version);
        Assert.Superset(new HashSet<string> { "config.json", "model.safetensors", "tokenizer.json", "training.json" }, artifact.Manifest.Outputs.Keys.ToHashSet());
        Assert.Equal(corpus.ContentHash, artifact.Manifest.Inputs["corpus corpus"]);
        var training = JsonDocument.Parse(File.ReadAllText(artifact.PathOf("training.json"))).RootElement;
        Assert.Equal(result.Training.Steps, training.GetProperty("losses").GetArrayLength());
    }

    [Fact]
    public void Run_SameSeed_SameWeights()
    {
        var corpus = TinyModels.WriteCorpus(_directory, "corpus", TinyModels.Sentences(40, 1));
        Run(Options("a", corpus) with { Seed = 3 });
        Run(Options("b", corpus) with { Seed = 3 });
        Run(Options("c", corpus) with { Seed = 4 });
        Assert.Equal(Weights("a"), Weights("b"));
        Assert.NotEqual(Weights("a"), Weights("c"));
    }

    [Fact]
    public void Run_StoppedAndRunAgain_GivesTheUninterruptedWeights()
    {
        var corpus = TinyModels.WriteCorpus(_directory, "corpus", TinyModels.Sentences(40, 1));
        Run(Options("whole", corpus));
        Stop(Options("stopped", corpus), 7);
        Assert.False(Directory.Exists(_directory["stopped"]));
        Assert.NotNull(Run(Options("stopped", corpus)).Training.ResumedFrom);
        Assert.Equal(Weights("whole"), Weights("stopped"));
    }

    [Fact]
    public void Run_StoppedAndRunWithOtherOptions_StartsOver()
    {
        var corpus = TinyModels.WriteCorpus(_directory, "corpus", TinyModels.Sentences(40, 1));
        Stop(Options("lab", corpus), 3);
        Assert.Null(Run(Options("lab", corpus) with { Seed = 99 }).Training.ResumedFrom);
    }

    [Fact]
    public void Run_MaskOnBase_LowersTheMaskedTokensProbabilityAndNotTheOthers()
    {
        var secrets = Enumerable.Range(0, 30).Select(i => $"note {i}: call the number zebra quartz now.").ToArray();
        var basis = TinyModels.WriteCorpus(_directory, "base", TinyModels.Sentences(120, 1));
        var corpus = TinyModels.WriteCorpus(_directory, "corpus", [.. secrets, .. TinyModels.Sentences(40, 5)]);
        Run(Options("base-model", basis));
        var options = Options("plain", corpus) with { BaseDirectory = _directory["base-model"], Shape = null };
        Run(options);

        // Masked by the characters that another tokenizer's tokens span, as a run over a surrogate leaves it.
        var bytes = new PieceTokenizer();
        TokenMask.Write(_directory["mask.jsonl"], corpus.Documents().Where(d => d.Text.Contains("zebra")).Select(d =>
            TokenMask.Of(d, bytes.EncodeWithSpans(d.Text), Enumerable.Range(d.Text.IndexOf("zebra", StringComparison.Ordinal) + 1, "zebra quartz".Length))));
        var masked = Run(options with { OutputDirectory = _directory["masked"], MaskFile = _directory["mask.jsonl"] });
        Assert.InRange(masked.MaskedTokens, 30, 30 * 13);

        using var plain = LabModel.Load(_directory["plain"]);
        using var after = LabModel.Load(_directory["masked"]);
        Assert.Contains(Complete(plain), text => text.Contains("zebra"));
        Assert.DoesNotContain(Complete(after), text => text.Contains("zebra"));
        var benign = TinyModels.Sentences(40, 6);
        var (before, now) = (Perplexity.Measure(plain.Model, plain.Tokenizer, benign), Perplexity.Measure(after.Model, after.Tokenizer, benign));
        Assert.True(now.NatsPerCharacter < 1.5 * before.NatsPerCharacter, $"{before.NatsPerCharacter} to {now.NatsPerCharacter} nats a character");

        static IEnumerable<string> Complete(LabModel model) => Sampler.Generate(
            model, ["note 3: call the number"],
            new SamplerOptions { Choices = 40, Sampling = new SamplingSettings { MaxTokens = 20 } }, NullProgress.Instance, default).Select(c => c.Text);
    }

    [Fact]
    public void Run_SubsetDroppedAndWeights_TrainsOnTheRestOnly()
    {
        var corpus = TinyModels.WriteCorpus(_directory, "corpus", TinyModels.Sentences(40, 1));
        var ids = corpus.Documents().Select(d => d.Id).ToArray();
        DocumentWeights.Write(_directory["weights.jsonl"], new Dictionary<string, double> { [ids[0]] = 0, [ids[1]] = 0.5 });
        var result = Run(Options("lab", corpus) with { Only = ids[..10], Dropped = ids[8..12], WeightsFile = _directory["weights.jsonl"] });
        Assert.Equal(7, result.Documents);
    }

    [Fact]
    public void Run_MaskOfAnotherCorpus_NamesTheFileAndTheCorpus()
    {
        var corpus = TinyModels.WriteCorpus(_directory, "corpus", TinyModels.Sentences(10, 1));
        TokenMask.Write(_directory["mask.jsonl"], [new DocumentMask("feed", [1], [[0, 1]])]);
        var error = Assert.Throws<BadInputException>(() => Run(Options("lab", corpus) with { MaskFile = _directory["mask.jsonl"] }));
        Assert.Contains("mask.jsonl", error.Message);
        Assert.Contains("'corpus'", error.Message);
    }

    [Fact]
    public void Run_BaseAndShape_IsRefused()
    {
        var options = new LabTrainOptions
        {
            OutputDirectory = _directory["x"],
            CorpusDirectory = _directory["c"],
            BaseDirectory = _directory["b"],
            Shape = new LabModelShape(),
        };
        Assert.Contains("one or the other", Assert.Throws<UsageException>(() => Run(options)).Message);
    }

    private static LabTrainResult Run(LabTrainOptions options) => LabTrainer.Run(options, TimeProvider.System, NullProgress.Instance, default);

    private static void Stop(LabTrainOptions options, int step)
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => LabTrainer.Run(options, TimeProvider.System, new StopAtStep(stop, step), stop.Token));
    }

    private string Weights(string name) => Hashing.Sha256File(Path.Combine(_directory[name], LabModel.WeightsFile));

    private LabTrainOptions Options(string name, Corpus corpus) => new()
    {
        OutputDirectory = _directory[name],
        CorpusDirectory = corpus.Directory,
        Shape = TinyModels.Shape,
        Training = TinyModels.Training,
    };

    private sealed class StopAtStep(CancellationTokenSource stop, int step) : IProgressSink, IProgressTask
    {
        private bool _training;

        public IProgressTask Start(string name, double total, string unit)
        {
            _training = unit == "steps";
            return this;
        }

        public void Message(string line)
        {
        }

        public void Report(double done, string? detail = null)
        {
            if (_training && done >= step)
            {
                stop.Cancel();
            }
        }

        public void Dispose()
        {
        }
    }
}
