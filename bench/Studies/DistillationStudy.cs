using Tda.Bench.Running;
using Tda.Lab.Generation;
using Tda.Lab.Models;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Distillation.Alignment;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.ProxyTrainer.Training;

namespace Tda.Bench.Studies;

/// <summary>
/// Answers alone against log-probabilities: 1. ask the lab's closed model for answers with its five most likely tokens; 2. hold some out; 3. train a
/// tokenizer of the surrogate's own; 4. for every number of exchanges and share of the divergence train surrogates for the same number of
/// steps from the same weights, and measure them; 5. say how many exchanges each needs for what answers alone reach.
/// </summary>
internal sealed class DistillationStudy(TdaHome home, DistillationStudyOptions options, IProgressSink progress, CancellationToken cancel)
{
    private const string Closed = "demo-closed", Candidates = "demo", Other = "demo-base";
    private const int PromptWords = 20, PromptsOfEach = 2;

    /// <param name="earlier">What an earlier run of the same study measured: it isn't measured again.</param>
    /// <param name="write">Keeps the report, after every line.</param>
    public void Run(DistillationStudyReport? earlier, Action<DistillationStudyReport> write)
    {
        // 1. and 2.
        using var closed = LabModel.Open(home.LabDirectory(Closed));
        LoggedResponse[] answers = [.. Ask(closed, Prompts())];
        LoggedResponse[] heldOut = [.. answers.Where(answer => ExchangeSplit.IsHeldOut(answer.Prompt, options.HeldOut))];
        LoggedResponse[] kept = [.. answers.Except(heldOut)];
        var faults = answers.Where(answer => answer.LogprobFault is not null).ToArray();
        progress.Message($"{kept.Length} answers to learn from, {heldOut.Length} held out; {faults.Length} have log-probabilities that don't fit, such as: {faults.FirstOrDefault()?.LogprobFault ?? "none"}");

        // 3.
        var corpus = Corpus.Open(home.CorpusDirectory(Candidates));
        var texts = corpus.Documents().Select(document => document.Text).Concat(kept.Select(answer => answer.Response));
        var tokenizer = BpeTrainer.Train(texts, new BpeOptions { VocabularySize = options.Model.VocabularySize }, progress, cancel);
        var shape = options.Model with
        {
            VocabularySize = tokenizer.VocabularySize,
            BosId = tokenizer.BosId,
            EosId = tokenizer.EosId,
            PadId = tokenizer.PadId,
        };
        TrainingExample[] documents =
        [
            .. corpus.Documents().SelectMany(document =>
                TrainingExample.FromDocument([tokenizer.BosId, .. tokenizer.Encode(document.Text), tokenizer.EosId], shape.MaxPositions)),
        ];

        // 4.
        var report = new DistillationStudyReport(Machine.Inspect(), options, answers.Length, heldOut.Length, Alignment(heldOut, tokenizer), [], []);
        foreach (var exchanges in options.Exchanges.Where(number => number <= kept.Length))
        {
            foreach (var weight in options.Weights)
            {
                for (var seed = 0; seed < options.Seeds; seed++)
                {
                    cancel.ThrowIfCancellationRequested();
                    report.Lines.Add(
                        earlier?.Options.Question == options.Question && earlier.Lines.Find(line => (line.Exchanges, line.Weight, line.Seed) == (exchanges, weight, seed)) is { } there
                            ? there
                            : Measure(shape, tokenizer, options.WithCorpus ? documents : [], kept[..exchanges], heldOut, weight, seed));
                    Console.WriteLine(report.Lines[^1]);

                    // 5. After every line, so that a stopped study has its results.
                    write(report with { Needed = [.. NeededExchanges.Of(report.Lines)] });
                }
            }
        }

        foreach (var needed in NeededExchanges.Of(report.Lines))
        {
            Console.WriteLine(needed);
        }
    }

    /// <summary>Passages of the mails and speeches that the closed model has learned, in an order that says nothing.</summary>
    private List<string> Prompts()
    {
        var random = SplitMix64.Of(options.Seed, "prompts");
        List<string> prompts = [];
        foreach (var text in Corpus.Open(home.CorpusDirectory(Other)).Documents().Concat(Corpus.Open(home.CorpusDirectory(Candidates)).Documents()).Select(document => document.Text))
        {
            var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            for (var i = 0; i < PromptsOfEach && words.Length > 2 * PromptWords; i++)
            {
                prompts.Add(string.Join(' ', words.Skip(random.NextInt(words.Length - PromptWords)).Take(PromptWords)));
            }
        }

        var shuffled = prompts.Distinct(StringComparer.Ordinal).Where(prompt => prompt.Length < 200).ToArray();
        random.Shuffle<string>(shuffled);
        return [.. shuffled.Take(options.Asked)];
    }

    private IEnumerable<LoggedResponse> Ask(LabModel closed, List<string> prompts)
    {
        var texts = new TokenTexts(closed.Tokenizer);
        var sampling = new SamplingSettings { Temperature = options.AnswerTemperature, MaxTokens = options.AnswerTokens, TopLogprobs = options.TopLogprobs };
        foreach (var answer in Sampler.Generate(closed, prompts, new SamplerOptions { Sampling = sampling, Seed = options.Seed }, progress, cancel))
        {
            if (answer.Text.Length > 0)
            {
                TokenLogprob[] tokens =
                [
                    .. answer.Tokens.Select(token => new TokenLogprob(
                        texts.Text(token.Id), token.Logprob, [.. token.Top.Select(top => new TokenAlternative(texts.Text(top.Id), top.Logprob) { Bytes = Bytes(top.Id) })])
                    { Bytes = Bytes(token.Id) }),
                ];
                yield return LoggedResponse.Of(new Exchange
                {
                    Id = $"{answer.Prompt}",
                    StartedAt = DateTimeOffset.UnixEpoch,
                    Route = "/v1/completions",
                    Method = "POST",
                    Path = "/v1/completions",
                    State = TerminalState.Complete,
                    Prompt = prompts[answer.Prompt],
                    Response = answer.Text,
                    Logprobs = tokens,
                });
            }
        }

        int[] Bytes(int id) => [.. texts.Bytes(id).Select(value => (int)value)];
    }

    private DistillationLine Measure(
        ModelConfig shape, ITokenizer tokenizer, TrainingExample[] documents, LoggedResponse[] kept, LoggedResponse[] heldOut, double weight, int seed)
    {
        var targets = new AnswerTargets(tokenizer);
        TrainingExample[] examples =
        [
            .. documents,
            .. kept.Select(answer => weight == 0 ? answer.Example(tokenizer, shape.MaxPositions) : answer.Example(targets, shape.MaxPositions, weight, options.Temperature)),
        ];
        var once = Trainer.Plan(examples, options.Training).Count;
        var training = options.Training with { Seed = seed, MaxSteps = options.Steps, Epochs = (options.Steps / once) + 1 };
        using var model = LanguageModel.Create(shape, seed);
        var start = TimeProvider.System.GetTimestamp();
        Trainer.Run(model, examples, training, NullProgress.Instance, cancel);
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var fidelity = Fidelity.Measure(model, tokenizer, heldOut, examples, () => LanguageModel.Create(shape, seed), cancel);
        return new DistillationLine(
            kept.Length, weight, seed, seconds, fidelity.KlPerRun!.Value, fidelity.TopAgreement!.Value, fidelity.NatsPerByte!.Value,
            fidelity.Intervals!, fidelity.RankCorrelation);
    }

    private static AlignmentShares Alignment(LoggedResponse[] answers, ITokenizer tokenizer)
    {
        var targets = new AnswerTargets(tokenizer);
        TargetRun[] runs = [.. answers.SelectMany(answer => targets.Of(answer, tokenizer.Encode(answer.Response)))];
        return new AlignmentShares(
            runs.Count(run => run.Count == 1 && run.Ids.Length > 1) / (double)runs.Length,
            runs.Where(run => run.Ids.Length > 1).Average(run => run.Ids.Length), runs.Average(run => run.Count));
    }
}

/// <summary>What is compared.</summary>
internal sealed record DistillationStudyOptions
{
    /// <summary>Steps of every training.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Trainings of each line.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Numbers of exchanges learned from; each holds those before it.</summary>
    public IReadOnlyList<int> Exchanges { get; init; } = [40, 80, 160, 320, 640];

    /// <summary>α.</summary>
    public IReadOnlyList<double> Weights { get; init; } = [0, .5, 1];

    /// <summary>T.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Beside the answers the candidate corpus, as `tda distill` does. Default no.</summary>
    public bool WithCorpus { get; init; }

    /// <summary>Prompts that the closed model is asked.</summary>
    public int Asked { get; init; } = 840;

    /// <summary>Longest answer, in the closed model's tokens.</summary>
    public int AnswerTokens { get; init; } = 64;

    /// <summary>How answers are drawn.</summary>
    public double AnswerTemperature { get; init; } = 1;

    /// <summary>Alternatives asked for.</summary>
    public int TopLogprobs { get; init; } = 5;

    /// <summary>Share of the exchanges that is measured.</summary>
    public double HeldOut { get; init; } = .2;

    /// <summary>Seed of prompts and answers.</summary>
    public long Seed { get; init; } = 14;

    /// <summary>The surrogate's shape: neither the closed model's family, nor width, depth or vocabulary.</summary>
    public ModelConfig Model { get; init; } = new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = 1_280,
        HiddenSize = 64,
        Layers = 2,
        Heads = 2,
        IntermediateSize = 170,
        MaxPositions = 192,
    };

    /// <summary>All but how much of it is measured.</summary>
    internal string Question => JsonSerializer.Serialize(this with { Exchanges = [], Weights = [], Seeds = 1 }, JsonDefaults.Options);

    /// <summary>As `tda distill` trains: Muon, a constant rate after the warm-up.</summary>
    public TrainingOptions Training { get; init; } = new() { FinalLearningRateFraction = 1, Epochs = 1 };
}
