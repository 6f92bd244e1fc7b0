using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Repetition;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Planning;
using Tda.Scoring.Replay;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Replay;

/// <summary>Replay over indexes of surrogates that were distilled from documents and answers.</summary>
public sealed class ReplayMethodTests(DistilledHome made) : IClassFixture<DistilledHome>
{
    private readonly TestHome _home = made.Home;

    [Theory]
    [InlineData(OptimizerKind.Muon)]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.ScheduleFree)]
    public void Attribute_DistilledSurrogate_ScoresAreWhatMovingAWeightDoes(OptimizerKind optimizer)
    {
        made.Distill(optimizer, $"{optimizer}");
        var result = Attribute(Options($"{optimizer}"));
        Assert.Equal(1, result.N);
        Assert.True(result.HasUnit);
        Assert.All(result.Top, line => Assert.Equal(line.Score, line.UncalibratedNats));
        Assert.Contains("\"unit\": \"nats: minus the derivative", File.ReadAllText(Path.Combine(result.Directory, "manifest.json")));

        using var run = ScoreRun.Open(result.Directory);
        var scores = run.Scores.Row(0).ToArray();
        const float Moved = 1 / 128f; // float32 losses: much smaller moves drown in rounding
        int[] documents = [0, 5, 11, 17];
        double[] measured = [.. documents.Select(d => (LossWithout($"{optimizer}", d, Moved) - LossWithout($"{optimizer}", d, -Moved)) / (2 * Moved))];
        Numbers.Close(measured, [.. documents.Select(d => (double)scores[d])], .05, "what the loss rises by as a document's weight falls");
    }

    [Fact]
    public void Attribute_WithTokens_TheyAddUpToTheDocument()
    {
        var result = Attribute(Options() with { Tokens = true, Top = 5 });
        using var run = ScoreRun.Open(result.Directory);
        var tokens = run.Tokens()!.GroupBy(token => (token.Query, token.Id)).ToDictionary(group => group.Key, group => group.Sum(token => token.Score));
        Assert.All(result.Top, line => Assert.Equal(line.Score, tokens[(line.Query, line.Id)], 1e-5 * Math.Abs(result.Top[0].Score)));
    }

    [Fact]
    public void Attribute_Aggregate_IsTheMeanOfTheQueries()
    {
        using var each = ScoreRun.Open(Attribute(Options()).Directory);
        using var all = ScoreRun.Open(Attribute(Options() with { Aggregate = true, Run = "all", Options = Method(queryElements: 1) }).Directory);
        var mean = Enumerable.Range(0, 24).Select(d => (each.Scores.Row(0)[d] + each.Scores.Row(1)[d]) / 2.0).ToArray();
        Numbers.Close(mean, [.. all.Scores.Row(0).ToArray().Select(x => (double)x)], 1e-3, "mean");
    }

    [Fact]
    public void Attribute_StoppedOnTheWayBack_GoesOnToTheSameBits()
    {
        var whole = File.ReadAllBytes(Path.Combine(Attribute(Options()).Directory, "scores.npy"));
        using var stop = new CancellationTokenSource();
        var stopped = new StopsWhenWalkingBack(stop);
        Assert.ThrowsAny<OperationCanceledException>(() => Attributor.Run(Options() with { Run = "again" }, stopped, _home.Time, stop.Token));
        var messages = new Messages();
        var result = Attributor.Run(Options() with { Run = "again" }, messages, _home.Time);
        Assert.Contains(messages.Lines, line => line.StartsWith("Going on with unfinished work: ", StringComparison.Ordinal));
        Assert.Equal(whole, File.ReadAllBytes(Path.Combine(result.Directory, "scores.npy")));
        Assert.Empty(Directory.GetDirectories(_home.Home.RunsDirectory, ".*.part"));
    }

    [Fact]
    public void Attribute_Ensemble_ReplaysEachMembersOwnTraining()
    {
        made.Distill(OptimizerKind.Muon, "two", options => options with { Ensemble = 2 });
        using var one = ScoreRun.Open(Attribute(Options("two")).Directory);
        using var both = ScoreRun.Open(Attribute(Options("two") with { Ensemble = 2, Run = "both" }).Directory);
        Assert.NotEqual(one.Scores.Row(0).ToArray(), both.Scores.Row(0).ToArray());
    }

    [Fact]
    public void Guide_ByReplay_ScoresTokensByTheirOwnWeights()
    {
        var options = new GuideOptions { Home = _home.Home, Index = DistilledHome.Name, Harm = _home.Queries(2), Safe = _home.Others(), Run = "g", Method = "replay", Options = Method() };
        var result = Guide.Run(options, NullProgress.Instance, _home.Time);
        Assert.Equal(24, result.Documents);
        var position = options with { Run = "h", TokenDefinition = TokenDefinition.Position };
        Assert.Contains("--token-score", Assert.Throws<UsageException>(() => Guide.Run(position, NullProgress.Instance, _home.Time)).Message);
    }

    [Fact]
    public void Attribute_Adapters_AreReplayedOverTheirBase()
    {
        made.Distill(OptimizerKind.AdamW, "adapted", options => options with
        {
            Base = DistillBase.Open(_home.Home.SurrogateDirectory(DistilledHome.Name)),
            Lora = new LoraConfig { Rank = 2, Alpha = 4 },
        });
        using var run = ScoreRun.Open(Attribute(Options("adapted")).Directory);
        Assert.All(run.Scores.Row(0).ToArray(), score => Assert.True(float.IsFinite(score)));
        Assert.True(run.Scores.Row(0).ToArray().Distinct().Count() > 20);
        Indexer.Run(_home.Index("merged") with { Surrogate = "adapted", Parameters = ModelParameters.Merged }, NullProgress.Instance, _home.Time);
        Assert.Contains("--parameters adapters", Assert.Throws<UsageException>(() => Attribute(Options("merged"))).Message);
    }

    [Fact]
    public void Attribute_TrainingThatCannotBeRepeated_SaysWhy()
    {
        Assert.Contains("answers", Assert.Throws<BadInputException>(
            () => Attribute(Options() with { Options = new MethodOptions() })).Message);
        Assert.Contains("answers", Assert.Throws<BadInputException>(
            () => Attribute(Options() with { Options = Method() with { Replay = new ReplayOptions { Answers = [.. made.Answers.Skip(1)] } } })).Message);
        Assert.Contains("--normalisation none", Assert.Throws<UsageException>(() => Attribute(Options() with { Normalisation = Normalisation.RelatIf })).Message);

        // A folder from elsewhere, another optimiser, another corpus.
        Indexer.Run(_home.Index("elsewhere"), NullProgress.Instance, _home.Time);
        Assert.Contains("needs the training", Assert.Throws<UsageException>(() => Attribute(Options("elsewhere"))).Message);
        made.Distill(OptimizerKind.Shampoo, "shampoo");
        Assert.Contains("shampoo", Assert.Throws<UsageException>(() => Attribute(Options("shampoo"))).Message);
        Assert.DoesNotContain(
            Planner.Run(Planned("shampoo") with { ProbeTokens = 0 }, NullProgress.Instance).Jobs, job => job.Job.Contains("replay", StringComparison.Ordinal));
        using (var writer = CorpusWriter.Create(_home.Home.CorpusDirectory("c2"), _home.Time))
        {
            foreach (var text in _home.Texts.Skip(1))
            {
                writer.Add(new Document(DocumentId.Of(text), "ham", text));
            }

            writer.Commit();
        }

        Indexer.Run(_home.Index("c2") with { Surrogate = DistilledHome.Name, Corpus = "c2" }, NullProgress.Instance, _home.Time);
        Assert.Contains("other documents", Assert.Throws<BadInputException>(() => Attribute(Options("c2"))).Message);
    }

    [Theory]
    [InlineData(1e-6, "--threads")]
    [InlineData(.5, "another training")]
    public void Attribute_WeightsThatDontComeOut_AreRefusedOrTolerated(double noise, string expected)
    {
        var name = $"noise-{expected.Length}";
        made.Distill(OptimizerKind.Muon, name);
        var directory = _home.Home.SurrogateDirectory(name);
        using (var model = LanguageModel.Load(directory))
        {
            using var none = no_grad();
            model.Flat.mul_(1 + noise);
            model.Save(directory);
        }

        // The manifest vouches for what is there now, as if this had come of the training.
        ArtifactDirectory.Amend(directory, "tda.surrogate", 1, ["model.safetensors"]);
        Indexer.Run(_home.Index(name) with { Surrogate = name, Replace = true }, NullProgress.Instance, _home.Time);
        var message = Assert.Throws<BadInputException>(() => Attribute(Options(name))).Message;
        Assert.Contains("doesn't come out as it did", message);
        Assert.Contains(expected, message);
        if (noise < .1)
        {
            Attribute(Options(name) with { Options = Method(tolerance: 1e-5) });
        }
    }

    [Fact]
    public void Plan_DistilledSurrogate_TellsWhatAReplayTakes()
    {
        var jobs = Planner.Run(Planned(DistilledHome.Name), NullProgress.Instance).Jobs;
        var (several, one) = (jobs.Single(job => job.Job == "score replay, 3 queries"), jobs.Single(job => job.Job == "score replay, one set of queries"));
        Assert.True(several.Seconds > one.Seconds && several.MemoryBytes > one.MemoryBytes, $"{several}, {one}");
    }

    private PlanOptions Planned(string surrogate) => new() { Home = _home.Home, Corpus = "c", Surrogate = surrogate, ProbeTokens = 200, Queries = 3 };

    private MethodOptions Method(double tolerance = 0, long queryElements = 1L << 27) =>
        new() { QueryElements = queryElements, Replay = new ReplayOptions { Answers = made.Answers, Tolerance = tolerance } };

    private AttributeOptions Options(string index = DistilledHome.Name) => new()
    {
        Home = _home.Home,
        Index = index,
        Queries = _home.Queries(2),
        Run = "r",
        Replace = true,
        Method = "replay",
        MinFidelity = double.NegativeInfinity,
        Options = Method(),
    };

    private AttributionResult Attribute(AttributeOptions options) => Attributor.Run(options, NullProgress.Instance, _home.Time);

    // The first query's loss after the training with a document's weight lowered.
    private double LossWithout(string name, int document, float lowered)
    {
        var surrogate = Surrogate.Open(_home.Home.SurrogateDirectory(name));
        using var training = RepeatableTraining.Open(surrogate, 0, Corpus.Open(_home.Home.CorpusDirectory("c")), made.Answers, NullProgress.Instance);
        var row = 0;
        var examples = training.Examples.ToArray();
        for (var d = 0; d <= document; d++)
        {
            var tokens = surrogate.Tokenizer.Encode(_home.Texts[d]).Length + 1;
            for (var label = 0; label < tokens; label += 15, row++)
            {
                examples[row] = d == document ? examples[row] with { LabelWeights = Array.ConvertAll(examples[row].LabelWeights, w => w * (1 - lowered)) } : examples[row];
            }
        }

        Trainer.Run(training.Model, examples, training.Options);
        var query = new QueryEncoder(surrogate.Tokenizer, 16).Encode(_home.Queries(1)[0], 0).Row;
        return ReplayCase.Loss(training.Model, query.Example());
    }

    /// <summary>Cancels once two thirds of the steps forwards and back are done.</summary>
    private sealed class StopsWhenWalkingBack(CancellationTokenSource stop) : IProgressSink, IProgressTask
    {
        private double _total;
        private bool _replays;

        public IProgressTask Start(string name, double total, string unit)
        {
            (_total, _replays) = (total, name.StartsWith("Replaying", StringComparison.Ordinal));
            return this;
        }

        public void Message(string line)
        {
        }

        public void Report(double done, string? detail = null)
        {
            if (_replays && done >= .75 * _total)
            {
                stop.Cancel();
            }
        }

        public void Dispose() => _replays = false;
    }
}

/// <summary>A home with surrogates that were distilled from its corpus and some answers, each with an index of its name; made once for a class of tests.</summary>
public sealed class DistilledHome : IDisposable
{
    /// <summary>The surrogate that is always there.</summary>
    public const string Name = "plain";

    public DistilledHome()
    {
        set_num_threads(1);
        Distill(OptimizerKind.Muon, Name);
    }

    internal TestHome Home { get; } = new();

    public IReadOnlyList<LoggedResponse> Answers => [.. Home.Queries(8).Select(query => new LoggedResponse(query.Prompt + query.Id, query.Completion))];

    public void Distill(OptimizerKind optimizer, string name, Func<DistillOptions, DistillOptions>? change = null)
    {
        var options = new DistillOptions
        {
            Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 300, HiddenSize = 8, Layers = 1, Heads = 2, IntermediateSize = 12, MaxPositions = 16, InitializerRange = .1 },
            VocabularySize = 300,
            Training = new TrainingOptions { Optimizer = optimizer, BatchTokens = 160, Epochs = 2, GradientShards = 2 },
            Checkpoints = 3,
            Seed = 2,
        };
        Distiller.Run(
            Corpus.Open(Home.Home.CorpusDirectory("c")), Answers, Home.Home.SurrogateDirectory(name), change?.Invoke(options) ?? options, time: Home.Time);
        Indexer.Run(Home.Index(name) with { Surrogate = name }, NullProgress.Instance, Home.Time);
    }

    public void Dispose() => Home.Dispose();
}
