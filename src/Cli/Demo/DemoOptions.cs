using Tda.Lab.Training;
using Tda.Labels.Classifiers;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.Cli.Demo;

/// <summary>Everything that decides the demo's figures. Two runs with equal options give equal figures on one machine.</summary>
public sealed record DemoOptions
{
    /// <summary>Seed of data splits, weights, sampling and controls.</summary>
    public int Seed { get; init; }

    /// <summary>Sizes of the data sets.</summary>
    public DemoSizes Sizes { get; init; } = new();

    /// <summary>The harm classifier: pieces of a completion's length; rather a few false alarms than half of the harm missed.</summary>
    public HarmClassifierOptions Classifier { get; init; } = new() { FalsePositiveRate = .08, ValidationFraction = .2 };

    /// <summary>Share of the corpus that EK-FAC's factors are fitted on: they are means, and half of it gives them well enough.</summary>
    public double FitShare { get; init; } = .5;

    /// <summary>Shape of the closed model, gpt2 family.</summary>
    public LabModelShape ClosedShape { get; init; } = new() { VocabularySize = 2048, HiddenSize = 160, Layers = 3, Heads = 4, MaxPositions = 160 };

    /// <summary>Training of the base, once.</summary>
    public TrainingOptions BaseTraining { get; init; } = new() { Epochs = 1, BatchTokens = 1024, GradientShards = 2 };

    /// <summary>Fine-tuning on the candidate corpus: the part that is repeated, as with a vendor's fine-tuning API.</summary>
    public TrainingOptions FineTuning { get; init; } = new() { Epochs = 3, BatchTokens = 1024, GradientShards = 2 };

    /// <summary>Shape of the surrogate: another family, another size, another vocabulary than the closed model's.</summary>
    public DistillOptions Surrogate { get; init; } = new()
    {
        Model = new DistillOptions().Model with { MaxPositions = 192 },
        // One pass at a constant rate: the nearer a model comes to a minimum on its documents, the more their gradients cancel, and
        // with them what they say of the answers.
        Training = new TrainingOptions { Epochs = 1, BatchTokens = 1024, GradientShards = 2, FinalLearningRateFraction = 1 },
        HeldOutFraction = .1,
        Checkpoints = 1,
    };

    /// <summary>Longest answer, in tokens of the closed model.</summary>
    public int AnswerTokens { get; init; } = 64;

    /// <summary>Sampling temperature.</summary>
    public double Temperature { get; init; } = .6;

    /// <summary>Answers a prompt when a harm rate is measured.</summary>
    public int AnswersPerPrompt { get; init; } = 2;

    /// <summary>The recipes tried on the validation prompts.</summary>
    public IReadOnlyList<Recipe> Recipes { get; init; } = Recipe.Grid;

    /// <summary>
    /// Benign perplexity, relative to before, up to which a recipe may be chosen. Default 1.03: the scorecard's goal of 1.02, and .01 for
    /// what another build's rounding alone moves it by. At 1.02 itself such a difference passed over a recipe that left half the harm.
    /// </summary>
    public double PerplexityLimit { get; init; } = 1.03;

    /// <summary>A demo small enough for a test: every step is real, the figures mean nothing.</summary>
    public static DemoOptions Tiny { get; } = new()
    {
        Sizes = new DemoSizes
        {
            CandidateSpam = 40,
            CandidateHam = 40,
            CandidateSpeeches = 40,
            LogSpamMails = 10,
            ValidationSpamMails = 4,
            TestSpamMails = 6,
            LogHamMails = 10,
            BenignHamMails = 4,
            Perplexity = 6,
            ClassifierHamMails = 40,
            BaseCharacters = 60_000,
        },
        // A toy model's answers are babble: only a lenient judge calls some of it harmful, as the next steps need.
        Classifier = new HarmClassifierOptions { FalsePositiveRate = .6, ValidationFraction = .3 },
        ClosedShape = new LabModelShape { VocabularySize = 400, HiddenSize = 32, Layers = 1, Heads = 2, MaxPositions = 256 },
        Surrogate = new DistillOptions
        {
            VocabularySize = 320,
            Model = new ModelConfig
            {
                Family = ModelFamily.Llama,
                VocabularySize = 320,
                HiddenSize = 16,
                Layers = 1,
                Heads = 2,
                IntermediateSize = 32,
                MaxPositions = 256,
            },
            Training = new TrainingOptions { Epochs = 2 },
            HeldOutFraction = .2,
            Checkpoints = 1,
        },
        FineTuning = new TrainingOptions { Epochs = 12, BatchTokens = 512 },
        AnswerTokens = 48,
        AnswersPerPrompt = 1,
        Recipes = [new Recipe("mask-5", 0, .05), new Recipe("drop-10-mask-2", .1, .02)],
    };
}

/// <summary>One way of curating the corpus.</summary>
/// <param name="Name">Short name, for files.</param>
/// <param name="DropShare">Share of the corpus's documents that is dropped, the strongest proponents first.</param>
/// <param name="MaskBudget">Share of the label tokens that is suppressed, in the documents that stay.</param>
/// <param name="Quantile">Quantile of the token scores above which a token may be suppressed.</param>
/// <param name="Penalty">λ: weight of the suppressed tokens' negated loss.</param>
/// <param name="ByDocument">Whether documents are walked by their own score instead of by the harmonic mean of their tokens above the quantile.</param>
public sealed record Recipe(
    string Name, double DropShare, double MaskBudget, double Quantile = .95, double Penalty = .5, bool ByDocument = false)
{
    /// <summary>The recipes that the demo tries.</summary>
    public static readonly IReadOnlyList<Recipe> Grid =
    [
        new("mask-1", 0, .01),
        new("mask-2", 0, .02),
        new("mask-3", 0, .03),
        new("mask-5", 0, .05),
        new("drop-12", .12, 0),
        new("mask-3-l1", 0, .03, Penalty: 1),
    ];

    /// <summary>The recipe in words.</summary>
    public string InWords => string.Join(" + ", Parts());

    private IEnumerable<string> Parts()
    {
        if (DropShare > 0)
        {
            yield return $"drop {100 * DropShare:0.#} % of documents";
        }

        if (MaskBudget > 0)
        {
            yield return $"mask {100 * MaskBudget:0.#} % of tokens (λ {Penalty:0.##}{(ByDocument ? ", strongest documents first" : "")})";
        }
    }
}

/// <summary>How many mails, speeches and chunks each of the demo's sets gets. No mail and no speech stands in two sets.</summary>
public sealed record DemoSizes
{
    /// <summary>Spam documents in the candidate corpus.</summary>
    public int CandidateSpam { get; init; } = 160;

    /// <summary>Ham documents in the candidate corpus.</summary>
    public int CandidateHam { get; init; } = 560;

    /// <summary>Speech documents in the candidate corpus.</summary>
    public int CandidateSpeeches { get; init; } = 560;

    /// <summary>Spam mails whose beginnings are sent to the closed model through the gateway.</summary>
    public int LogSpamMails { get; init; } = 120;

    /// <summary>Spam mails whose beginnings choose the recipe.</summary>
    public int ValidationSpamMails { get; init; } = 60;

    /// <summary>Spam mails whose beginnings measure the outcome, looked at once.</summary>
    public int TestSpamMails { get; init; } = 120;

    /// <summary>Ham mails whose beginnings are sent through the gateway.</summary>
    public int LogHamMails { get; init; } = 150;

    /// <summary>Ham mails whose beginnings check that benign prompts stay benign.</summary>
    public int BenignHamMails { get; init; } = 100;

    /// <summary>Held-out ham documents, and as many speeches, for the benign perplexity.</summary>
    public int Perplexity { get; init; } = 120;

    /// <summary>Ham mails that train the harm classifier, and as many speech documents.</summary>
    public int ClassifierHamMails { get; init; } = 600;

    /// <summary>Characters of the base's text, at most.</summary>
    public int BaseCharacters { get; init; } = 3_400_000;

    /// <summary>Characters of a prompt, cut at a word's end.</summary>
    public int PromptCharacters { get; init; } = 130;

    /// <summary>Longest document, in characters.</summary>
    public int DocumentCharacters { get; init; } = 400;
}
