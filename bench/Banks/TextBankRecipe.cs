using Tda.Cli.Demo;
using Tda.Cli.Demo.Data;
using Tda.Evaluation.Banks;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.Bench.Banks;

/// <summary>
/// The text bank: 1. the demo's mail and speeches, 300 documents; 2. a closed model trained on them from fresh weights; 3. a client
/// talks to it through the gateway; 4. some of the logged answers become the queries; 5. surrogates, which see only log and corpus;
/// 6. the closed model retrained on random halves. Every step is skipped when its result is there.
/// </summary>
internal sealed class TextBankRecipe(TdaHome home, string name, IProgressSink progress, CancellationToken cancel)
{
    private const int Subsets = 64, Seeds = 4, QueriesOfEach = 20, Ensemble = 5;

    /// <summary>Shortest answer that is a query, in characters: a word or two is no behaviour to explain.</summary>
    private const int ShortestAnswer = 60;

    private static readonly DemoOptions Options = new()
    {
        Sizes = new DemoSizes { CandidateSpam = 80, CandidateHam = 110, CandidateSpeeches = 110, LogSpamMails = 60, LogHamMails = 70, BaseCharacters = 1_000 },
        AnswerTokens = 48,
    };

    private static readonly LabModelShape ClosedShape = new() { VocabularySize = 768, HiddenSize = 64, Layers = 2, Heads = 4, MaxPositions = 192 };

    private static readonly TrainingOptions Training = new() { Epochs = 8, BatchTokens = 1024 };

    /// <summary>Name in the home, family, whether it sees the log: the proxy study's scenarios S1 to S4.</summary>
    private static readonly (string Name, ModelFamily Family, bool Distilled)[] Surrogates =
    [
        ("s3", ModelFamily.Llama, true), ("s1", ModelFamily.Gpt2, true), ("s4", ModelFamily.Llama, false), ("s2", ModelFamily.Gpt2, false),
    ];

    /// <summary>The other family's shape: width, depth and vocabulary that aren't the closed model's either.</summary>
    public static ModelConfig OtherShape { get; } = new()
    { Family = ModelFamily.Llama, VocabularySize = 1024, HiddenSize = 48, Layers = 3, Heads = 3, IntermediateSize = 128, MaxPositions = 192 };

    /// <summary>The closed model's own shape.</summary>
    public static ModelConfig OwnShape { get; } = new()
    { Family = ModelFamily.Gpt2, VocabularySize = 768, HiddenSize = 64, Layers = 2, Heads = 4, MaxPositions = 192 };

    public async Task<TextBankParts> RunAsync()
    {
        // 1. and 2.
        var folder = Path.Combine(home.Root, "demo");
        var sets = await DemoFiles.DealAsync(Path.Combine(folder, "packages"), Options, progress, cancel).ConfigureAwait(false);
        WriteCorpus(sets.Candidates);
        var closed = $"{name}-closed";
        if (!Directory.Exists(home.LabDirectory(closed)))
        {
            LabTrainer.Run(
                new LabTrainOptions
                {
                    OutputDirectory = home.LabDirectory(closed),
                    CorpusDirectory = home.CorpusDirectory(name),
                    Shape = ClosedShape,
                    Training = Training with { CheckpointEvery = 200 },
                    Command = "bench banks",
                },
                TimeProvider.System, progress, cancel);
        }

        // 3. What is made of the log must not depend on the order in which answers came.
        var talk = new Conversation(home, name, Options, progress, cancel);
        List<Exchange> log =
        [
            .. (await talk.RunAsync(closed, [.. sets.LogHarmPrompts, .. sets.LogBenignPrompts]).ConfigureAwait(false))
                .OrderBy(exchange => exchange.Prompt, StringComparer.Ordinal),
        ];

        // 4.
        HashSet<string> harm = [.. sets.LogHarmPrompts];
        List<Query> asked = [.. Chosen(log.Where(e => harm.Contains(e.Prompt!)), "spam"), .. Chosen(log.Where(e => !harm.Contains(e.Prompt!)), "benign")];
        Directory.CreateDirectory(Path.Combine(folder, name));
        QueryFile.Write(Path.Combine(folder, name, "queries.jsonl"), asked);

        // 5.
        foreach ((var scenario, var family, var distilled) in Surrogates)
        {
            Distil($"{name}-{scenario}", DistillationOf(family == ModelFamily.Gpt2 ? OwnShape : OtherShape), distilled ? log : []);
        }

        // 6.
        var bank = TextBank.Run(
            new TextBankOptions
            {
                OutputDirectory = home.BankDirectory(name),
                CorpusDirectory = home.CorpusDirectory(name),
                LabDirectory = home.LabDirectory(closed),
                Queries = asked,
                Plan = (documents, queries) => BankPlan.HalfSubsets(documents, queries, Subsets, Seeds),
                Command = "bench banks",
            },
            TimeProvider.System, progress, cancel);
        return new TextBankParts(bank, Corpus.Open(home.CorpusDirectory(name)), asked, log, home.LabDirectory(closed));
    }

    private void WriteCorpus(IEnumerable<SourcedText> texts)
    {
        if (Directory.Exists(home.CorpusDirectory(name)))
        {
            return;
        }

        using var writer = CorpusWriter.Create(home.CorpusDirectory(name), TimeProvider.System);
        writer.Manifest.Command = "bench banks";
        foreach (var text in texts)
        {
            writer.Add(new Document(DocumentId.Of(text.Text), text.Source, text.Text));
        }

        writer.Commit();
    }

    private static IEnumerable<Query> Chosen(IEnumerable<Exchange> exchanges, string label) => exchanges
        .Where(e => e.Response!.Trim().Length >= ShortestAnswer)
        .Take(QueriesOfEach)
        .Select((e, i) => new Query($"{label}-{i:D2}", e.Prompt!, e.Response!) { Label = label });

    /// <summary>How surrogates of a shape are trained here.</summary>
    public static DistillOptions DistillationOf(ModelConfig shape) => new()
    {
        VocabularySize = shape.VocabularySize,
        Model = shape,
        Training = Training,
        Ensemble = Ensemble,
        HeldOutFraction = .1,
        DistilWeight = 0, // as the committed figures were made
        Seed = 500,
    };

    /// <summary>Trains a surrogate on the corpus and, unless it is empty, the log; nothing if it is there.</summary>
    public string Distil(string surrogate, DistillOptions options, IReadOnlyList<Exchange> log)
    {
        var directory = home.SurrogateDirectory(surrogate);
        if (!Directory.Exists(directory))
        {
            Distiller.Run(
                Corpus.Open(home.CorpusDirectory(name)),
                [.. log.Select(LoggedResponse.Of)],
                directory, options, progress, cancel, TimeProvider.System);
        }
        return directory;
    }
}
