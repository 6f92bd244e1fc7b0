using Tda.Cli.Demo;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.Bench.Banks;

/// <summary>All that tells one text bank from another; <see cref="TextBankRecipe"/> makes them.</summary>
internal sealed record TextBankSetup
{
    /// <summary>Name of bank and corpus, and the beginning of the names of its models.</summary>
    public required string Name { get; init; }

    /// <summary>How much of which text, and how the closed model is asked.</summary>
    public required DemoOptions Options { get; init; }

    /// <summary>Fetches and deals the texts: options, folder of packages, progress.</summary>
    public required Func<DemoOptions, string, IProgressSink, CancellationToken, Task<TextBankTexts>> Texts { get; init; }

    /// <summary>Shape of the closed model, or of its base.</summary>
    public required LabModelShape Shape { get; init; }

    /// <summary>How the base is trained; null: the closed model starts from fresh weights.</summary>
    public TrainingOptions? Base { get; init; }

    /// <summary>How the closed model and its retrainings are trained.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Random halves of the documents.</summary>
    public int Subsets { get; init; } = 64;

    /// <summary>Models a half.</summary>
    public required int Seeds { get; init; }

    /// <summary>Queries of each label.</summary>
    public required int QueriesOfEach { get; init; }

    /// <summary>Surrogates that are made with the bank: name, family, whether they see the log. Studies distil others.</summary>
    public IReadOnlyList<(string Name, ModelFamily Family, bool Distilled)> Surrogates { get; init; } = [];

    /// <summary>Mail and speeches, a closed model that knows nothing else: no better than bigrams.</summary>
    public static TextBankSetup Text { get; } = new()
    {
        Name = "text",
        Options = new DemoOptions
        {
            Sizes = new DemoSizes { CandidateSpam = 80, CandidateHam = 110, CandidateSpeeches = 110, LogSpamMails = 60, LogHamMails = 70, BaseCharacters = 1_000 },
            AnswerTokens = 48,
        },
        Texts = TextBankTexts.MailAsync,
        Shape = new() { VocabularySize = 768, HiddenSize = 64, Layers = 2, Heads = 4, MaxPositions = 192 },
        Training = new() { Epochs = 8, BatchTokens = 1024 },
        Seeds = 4,
        QueriesOfEach = 20,

        // The proxy study's scenarios S1 to S4.
        Surrogates = [("s3", ModelFamily.Llama, true), ("s1", ModelFamily.Gpt2, true), ("s4", ModelFamily.Llama, false), ("s2", ModelFamily.Gpt2, false)],
    };

    /// <summary>The same kinds of text, over three times the documents, and a closed model that was fine-tuned from a base: clearly better than n-grams.</summary>
    public static TextBankSetup Tuned { get; } = new()
    {
        Name = "text-tuned",
        Options = new DemoOptions
        {
            Sizes = new DemoSizes
            {
                CandidateSpam = 260,
                CandidateHam = 370,
                CandidateSpeeches = 370,
                LogSpamMails = 60,
                LogHamMails = 70,
                ValidationSpamMails = 0,
                TestSpamMails = 0,
                BenignHamMails = 0,
                Perplexity = 0,
                BaseCharacters = int.MaxValue,
            },
            AnswerTokens = 48,
        },
        Texts = TextBankTexts.MailWithBaseAsync,
        Shape = new() { VocabularySize = 2048, HiddenSize = 128, Layers = 4, Heads = 4, MaxPositions = 192 },
        Base = new() { Epochs = 2, BatchTokens = 1024, CheckpointEvery = 200 },
        Training = new() { Epochs = 2, BatchTokens = 1024 },
        Seeds = 2,
        QueriesOfEach = 20,
    };

    /// <summary>A novel, all else as with <see cref="Text"/>: nothing was tuned on it.</summary>
    public static TextBankSetup Prose { get; } = new()
    {
        Name = "prose",
        Options = Text.Options,
        Texts = TextBankTexts.ProseAsync,
        Shape = Text.Shape,
        Training = Text.Training,
        Seeds = 2,
        QueriesOfEach = 40,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TextBankSetup> All { get; } = [Text, Tuned, Prose];
}
