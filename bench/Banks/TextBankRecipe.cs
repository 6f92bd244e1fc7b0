using Tda.Cli.Demo;
using Tda.Cli.Demo.Data;
using Tda.Evaluation.Banks;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.Bench.Banks;

/// <summary>
/// A text bank: 1. its documents; 2. a closed model trained on them, from fresh weights or from a base that learned other text; 3. a client
/// talks to it through the gateway; 4. some of the logged answers become the queries; 5. surrogates, which see only log and corpus;
/// 6. the closed model retrained on random halves. Every step is skipped when its result is there; of several processes one does it, and the others wait.
/// </summary>
internal sealed class TextBankRecipe(TdaHome home, TextBankSetup setup, IProgressSink progress, CancellationToken cancel)
{
    private const string Command = "bench banks";
    private const int Ensemble = 5;

    /// <summary>Shortest answer that is a query, in characters: a word or two is no behaviour to explain.</summary>
    private const int ShortestAnswer = 60;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    private string Name => setup.Name;

    /// <summary>The other family's shape: width, depth and vocabulary that aren't the closed model's either.</summary>
    public static ModelConfig OtherShape { get; } = new()
    { Family = ModelFamily.Llama, VocabularySize = 1024, HiddenSize = 48, Layers = 3, Heads = 3, IntermediateSize = 128, MaxPositions = 192 };

    /// <summary>The shape of the closed model of <see cref="TextBankSetup.Text"/>.</summary>
    public static ModelConfig OwnShape { get; } = new()
    { Family = ModelFamily.Gpt2, VocabularySize = 768, HiddenSize = 64, Layers = 2, Heads = 4, MaxPositions = 192 };

    /// <summary>All six steps.</summary>
    /// <param name="shard">The part of the retrainings that this process makes.</param>
    public async Task<TextBankParts> RunAsync(BankShard? shard = null)
    {
        var made = await PrepareAsync().ConfigureAwait(false);

        // 6.
        var bank = TextBank.Run(
            new TextBankOptions
            {
                OutputDirectory = home.BankDirectory(Name),
                CorpusDirectory = home.CorpusDirectory(Name),
                LabDirectory = made.Closed,
                Queries = made.Asked,
                Plan = (documents, queries) => BankPlan.HalfSubsets(documents, queries, setup.Subsets, setup.Seeds),
                Shard = shard ?? BankShard.Whole,
                Command = Command,
            },
            TimeProvider.System, progress, cancel);
        return new TextBankParts(bank, made.Documents, made.Asked, made.Log, made.Closed);
    }

    /// <summary>Steps 1 to 5: all but the retrainings.</summary>
    public async Task<TextBankMade> PrepareAsync()
    {
        var folder = Path.Combine(home.Root, "demo");
        Directory.CreateDirectory(Path.Combine(folder, Name));
        using var alone = await AloneAsync(Path.Combine(folder, Name, "making.lock")).ConfigureAwait(false);

        // 1. and 2.
        var texts = await setup.Texts(setup.Options, Path.Combine(folder, "packages"), progress, cancel).ConfigureAwait(false);
        WriteCorpus(Name, texts.Candidates);
        var (basis, closed) = ($"{Name}-base", $"{Name}-closed");
        if (setup.Base is { } training)
        {
            WriteCorpus(basis, texts.Base.Select(text => new SourcedText(text, "base")));
            Train(basis, basis, null, training);
        }

        Train(closed, Name, setup.Base is null ? null : basis, setup.Training with { CheckpointEvery = 200 });

        // 3. What is made of the log must not depend on the order in which answers came.
        var talk = new Conversation(home, Name, setup.Options, progress, cancel);
        List<Exchange> log =
        [
            .. (await talk.RunAsync(closed, [.. texts.Asked.SelectMany(asked => asked.Prompts)]).ConfigureAwait(false))
                .OrderBy(exchange => exchange.Prompt, StringComparer.Ordinal),
        ];

        // 4.
        var labels = texts.Asked.SelectMany(asked => asked.Prompts.Select(prompt => (prompt, asked.Label))).DistinctBy(one => one.prompt).ToDictionary();
        List<Query> queries = [.. texts.Asked.SelectMany(asked => Chosen(log.Where(e => labels.GetValueOrDefault(e.Prompt!) == asked.Label), asked.Label))];
        QueryFile.Write(Path.Combine(folder, Name, "queries.jsonl"), queries);

        // 5.
        foreach ((var scenario, var family, var distilled) in setup.Surrogates)
        {
            Distil($"{Name}-{scenario}", DistillationOf(family == ModelFamily.Gpt2 ? OwnShape : OtherShape), distilled ? log : []);
        }

        return new TextBankMade(Corpus.Open(home.CorpusDirectory(Name)), queries, log, home.LabDirectory(closed));
    }

    /// <summary>
    /// What must be known before hours of retraining: how far the closed model, its base where it has one, and a model of the first half are below
    /// the n-grams of the same documents (the base: of all), the half also below those of the base's text and its own; and what the half's training
    /// took, in seconds of processor time.
    /// </summary>
    public async Task<(IReadOnlyList<(string What, NgramFloor Floor)> Floors, double Seconds)> CheckAsync()
    {
        var made = await PrepareAsync().ConfigureAwait(false);
        var kept = BankPlan.Half((int)made.Documents.Count, 0, 0);
        string[] half = [.. made.Documents.Documents().Where((_, d) => kept[d]).Select(document => document.Id)];
        var folder = Path.Combine(home.Root, "demo", Name, "half");
        var basis = setup.Base is null ? null : $"{Name}-base";
        var before = Environment.CpuUsage.TotalTime;
        LabTrainer.Run(
            OptionsOf(folder, Name, basis, setup.Training) with { Only = half, Seed = new Retraining(0, 0).TrainingSeed, Replace = true },
            TimeProvider.System, progress, cancel);
        var seconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        bool[] all = [.. kept.Select(_ => true)];
        List<(string, NgramFloor)> floors = [("closed model", made.Floor(made.Closed, all, null, cancel)), ("model of a half", made.Floor(folder, kept, null, cancel))];
        if (basis is not null)
        {
            floors.Add(("base", made.Floor(home.LabDirectory(basis), all, null, cancel)));
            floors.Add(("model of a half, beside n-grams of what the base learned too", made.Floor(folder, kept, Corpus.Open(home.CorpusDirectory(basis)), cancel)));
        }

        return (floors, seconds);
    }

    private void Train(string lab, string corpus, string? basis, TrainingOptions training)
    {
        if (!Directory.Exists(home.LabDirectory(lab)))
        {
            LabTrainer.Run(OptionsOf(home.LabDirectory(lab), corpus, basis, training), TimeProvider.System, progress, cancel);
        }
    }

    private LabTrainOptions OptionsOf(string directory, string corpus, string? basis, TrainingOptions training) => new()
    {
        OutputDirectory = directory,
        CorpusDirectory = home.CorpusDirectory(corpus),
        BaseDirectory = basis is null ? null : home.LabDirectory(basis),
        Shape = basis is null ? setup.Shape : null,
        Training = training,
        Command = Command,
    };

    /// <summary>Waits until no other process holds the file, and holds it.</summary>
    private async Task<FileStream> AloneAsync(string path)
    {
        for (var told = false; ;)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (!told)
                {
                    progress.Message($"another process makes what bank {Name} needs; waiting");
                }

                told = true;
                await Task.Delay(LookAgain, cancel).ConfigureAwait(false);
            }
        }
    }

    private void WriteCorpus(string corpus, IEnumerable<SourcedText> texts)
    {
        if (Directory.Exists(home.CorpusDirectory(corpus)))
        {
            return;
        }

        using var writer = CorpusWriter.Create(home.CorpusDirectory(corpus), TimeProvider.System);
        writer.Manifest.Command = Command;
        foreach (var text in texts)
        {
            writer.Add(new Document(DocumentId.Of(text.Text), text.Source, text.Text));
        }

        writer.Commit();
    }

    private IEnumerable<Query> Chosen(IEnumerable<Exchange> exchanges, string label) => exchanges
        .Where(e => e.Response!.Trim().Length >= ShortestAnswer)
        .Take(setup.QueriesOfEach)
        .Select((e, i) => new Query($"{label}-{i:D2}", e.Prompt!, e.Response!) { Label = label });

    /// <summary>How surrogates of a shape are trained for <see cref="TextBankSetup.Text"/>.</summary>
    public static DistillOptions DistillationOf(ModelConfig shape) => new()
    {
        VocabularySize = shape.VocabularySize,
        Model = shape,
        Training = TextBankSetup.Text.Training,
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
                Corpus.Open(home.CorpusDirectory(Name)),
                [.. log.Select(LoggedResponse.Of)],
                directory, options, progress, cancel, TimeProvider.System);
        }
        return directory;
    }
}
