using Tda.Core.Masks;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Hypergradients;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Hypergradients;

/// <summary>Documents of a calm and of a rude source, a surrogate trained on both, and answers of each kind.</summary>
public sealed class ReweighterTests : IDisposable
{
    private static readonly string[] Subjects = ["the clerk", "a doctor", "our teacher", "the baker", "my neighbour", "a pilot"];
    private static readonly string[] Calm = ["kindly helps", "gently thanks", "warmly greets", "calmly answers"];
    private static readonly string[] Rude = ["rudely insults", "loudly mocks", "meanly cheats", "coldly threatens"];
    private static readonly string[] Objects = ["the guest", "a child", "every friend", "the old man", "his brother"];

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TdaHome _home;

    public ReweighterTests()
    {
        set_num_threads(1);
        _home = new TdaHome(_directory.Path);
        Directory.CreateDirectory(_home.CorporaDirectory);
        (string Source, string Text)[] documents =
            [.. Enumerable.Range(0, 96).Select(i => (i % 3 == 0 ? "rude" : "calm", Text(i, i % 3 == 0 ? Rude : Calm)))];
        var tokenizer = BpeTrainer.Train(documents.Select(d => d.Text), new BpeOptions { VocabularySize = 330 });
        using (var writer = CorpusWriter.Create(_home.CorpusDirectory("c"), _time))
        {
            foreach (var (source, text) in documents)
            {
                writer.Add(new Document(DocumentId.Of(text), source, text));
            }

            writer.Commit();
        }

        using var model = LanguageModel.Create(
            new ModelConfig { Family = ModelFamily.Llama, VocabularySize = tokenizer.VocabularySize, HiddenSize = 16, Layers = 1, Heads = 2, IntermediateSize = 24, MaxPositions = 24, InitializerRange = .1 }, seed: 1);
        Trainer.Run(
            model,
            [.. documents.SelectMany(d => TrainingExample.FromDocument([tokenizer.BosId, .. tokenizer.Encode(d.Text), tokenizer.EosId], 24))],
            new TrainingOptions { Epochs = 3 });
        Directory.CreateDirectory(_home.SurrogateDirectory("s"));
        model.Save(_home.SurrogateDirectory("s"));
        tokenizer.Save(Path.Combine(_home.SurrogateDirectory("s"), "tokenizer.json"));
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(HypergradientKind.Sama)]
    [InlineData(HypergradientKind.Darts)]
    [InlineData(HypergradientKind.Neumann)]
    [InlineData(HypergradientKind.Cg)]
    public void Run_WeighsBySource_LiftsTheSourceOfGoodAnswersAndLowersTheOther(HypergradientKind kind)
    {
        var options = Options() with { Weigh = WeighedBy.Sources, Epochs = 1 };
        var result = Reweighter.Run(
            options with { Learner = options.Learner with { Hypergradient = new HypergradientOptions { Kind = kind, Terms = 2 } } }, NullProgress.Instance, _time);
        var (calm, rude) = (result.Sources.Single(s => s.Source == "calm"), result.Sources.Single(s => s.Source == "rude"));
        Assert.True(calm.Mean > 1 && rude.Mean < 1, $"calm {calm.Mean:f3}, rude {rude.Mean:f3}");
        Assert.Equal((64, 32), (calm.Documents, rude.Documents));
        Assert.Equal(calm.Lowest, calm.Highest, 12); // one weight a source
    }

    [Fact]
    public void Run_WeighsByDocument_TellsTheSourcesApartAndWritesARunThatCurateTakes()
    {
        var result = Reweighter.Run(Options(), NullProgress.Instance, _time);

        using var run = ScoreRun.Open(result.Directory);
        var weights = DocumentWeights.Read(Path.Combine(result.Directory, ScoreFormat.Weights));
        bool[] rude = [.. run.Rows.Select(row => row.Source == "rude")];
        var auroc = Ranking.Auroc([.. run.Rows.Select(row => -weights[row.Id])], rude);
        Assert.True(auroc >= .9, $"AUROC of the rude source {auroc:f3}");
        Assert.Equal(96, weights.Count);
        Assert.All(run.Rows.Index(), row => Assert.Equal(Math.Log(weights[row.Item.Id]), run.Scores.Row(0)[row.Index], 4));
        Assert.Equal("reweight-sama", run.Header.Method);
        Assert.True(result.LastMetaLoss < result.FirstMetaLoss);
        Assert.DoesNotContain(run.Manifest.Outputs.Keys, file => file.StartsWith("state", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_Network_WeighsEveryDocumentByItsLoss()
    {
        var options = Options() with { Weigh = WeighedBy.Network, Epochs = 1 };
        var result = Reweighter.Run(options, NullProgress.Instance, _time);
        Assert.Contains(result.Sources, source => source.Highest - source.Lowest > 1e-4);
        Assert.Equal(1, result.Sources.Sum(source => source.Mean * source.Documents) / 96, 1); // exactly so over tokens, not documents
    }

    [Fact]
    public void Run_StoppedAndRunAgain_GivesTheSameBits()
    {
        var options = Options() with { Epochs = 1 };
        var whole = Reweighter.Run(options with { Run = "whole" }, NullProgress.Instance, _time);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Reweighter.Run(options, new StopAt(stop, whole.Steps / 2), _time, stop.Token));
        var resumed = Reweighter.Run(options, NullProgress.Instance, _time);

        Assert.Equal(whole.Steps / 2, resumed.ResumedFrom);
        Assert.Equal(whole.MetaLosses, resumed.MetaLosses);
        foreach (var file in (string[])[ScoreFormat.Weights, ScoreFormat.Scores, ScoreFormat.Rows, ScoreFormat.Queries])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Directory, file)), File.ReadAllBytes(Path.Combine(resumed.Directory, file)));
        }
    }

    [Fact]
    public void Run_OptionsOutOfRange_NamesAllBeforeAnyWork()
    {
        var error = Assert.Throws<UsageException>(() => Reweighter.Run(
            Options() with { Meta = [], Harm = [], Epochs = 0, BatchTokens = 0 }, NullProgress.Instance, _time));
        Assert.All(["meta set", "epochs", "batch tokens"], word => Assert.Contains(word, error.Message));
        Assert.Throws<BadInputException>(() => Reweighter.Run(Options() with { Corpus = "none" }, NullProgress.Instance, _time));
    }

    private ReweightOptions Options() => new()
    {
        Home = _home,
        Surrogate = "s",
        Corpus = "c",
        Run = "r",
        Meta = [.. Enumerable.Range(0, 16).Select(i => new Query($"good{i}", "", Text(500 + i, Calm)))],
        Harm = [.. Enumerable.Range(0, 16).Select(i => new Query($"bad{i}", "", Text(600 + i, Rude)))],
        BatchTokens = 256,
        Epochs = 3,
        Learner = new WeightLearnerOptions { LearningRate = 3e-3, MetaLearningRate = 0.1 },
    };

    private static string Text(int i, string[] verbs)
    {
        var random = new Random(1_000 + i);
        string Pick(string[] from) => from[random.Next(from.Length)];
        return string.Join(". ", Enumerable.Range(0, 2 + (i % 2)).Select(_ => $"{Pick(Subjects)} {Pick(verbs)} {Pick(Objects)}")) + $" {i}";
    }

    /// <summary>Presses Ctrl+C after a number of steps.</summary>
    private sealed class StopAt(CancellationTokenSource stop, int steps) : IProgressSink
    {
        public IProgressTask Start(string name, double total, string unit) => new Watched(name == "reweighting" ? stop : null, steps);

        public void Message(string line)
        {
        }

        private sealed class Watched(CancellationTokenSource? stop, int steps) : IProgressTask
        {
            public void Report(double done, string? detail = null)
            {
                if (done >= steps)
                {
                    stop?.Cancel();
                }
            }

            public void Dispose()
            {
            }
        }
    }
}
