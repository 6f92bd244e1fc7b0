namespace Tda.Cli.Demo;

/// <summary>
/// Everything that decides the demo's figures. Two runs with equal options differ by little: the server computes answers together as they
/// are asked for, rounding differs with the company, and one of 426 answers came out otherwise in a second run.
/// </summary>
/// <remarks>Options of verbs stand as a user types them, without the names that the demo chooses.</remarks>
public sealed record DemoOptions
{
    /// <summary>Seed of data splits, weights, sampling and controls.</summary>
    public int Seed { get; init; }

    /// <summary>Sizes of the data sets.</summary>
    public DemoSizes Sizes { get; init; } = new();

    /// <summary>`label train`: rather a few false alarms than half of the harm missed.</summary>
    public string Judge { get; init; } = "--false-positives .08";

    /// <summary>`lab train` of the closed model's base, once.</summary>
    public string Base { get; init; } = "--epochs 1";

    /// <summary>`lab train` on the candidate corpus: the part that is repeated, as with a vendor's fine-tuning API.</summary>
    public string FineTuning { get; init; } = "--epochs 3";

    /// <summary>
    /// `distill`. The surrogate's family, size and vocabulary are others than the closed model's. Answers alone: they are drawn at .6, and
    /// log-probabilities are those at 1.
    /// </summary>
    public string Surrogate { get; init; } = "--held-out .1 --distil-weight 0";

    /// <summary>`index`: EK-FAC's factors are means, and half of the corpus gives them well enough.</summary>
    public string Index { get; init; } = "--fit-share .5";

    /// <summary>`guide`: on this data masks by position are as good as by each token's own loss, at less than half the time.</summary>
    public string Guide { get; init; } = "--token-score position";

    /// <summary>`measure` and `prove`.</summary>
    public string Asking { get; init; } = "--choices 2 --temperature .6 --max-tokens 64";

    /// <summary>Longest logged answer, in tokens of the closed model.</summary>
    public int AnswerTokens { get; init; } = 64;

    /// <summary>Sampling temperature of logged answers.</summary>
    public double Temperature { get; init; } = .6;

    /// <summary>The recipes tried on the validation prompts.</summary>
    public IReadOnlyList<Recipe> Recipes { get; init; } =
    [
        new("mask-2", "--mask --budget .02 --quantile .95", "mask 2 % of tokens"),
        new("mask-3", "--mask --budget .03 --quantile .95", "mask 3 % of tokens"),
        new("mask-5", "--mask --budget .05 --quantile .95", "mask 5 % of tokens"),
        new("drop-154", "--drop 154", "drop 12 % of documents"),
        new("mask-5-l0", "--mask --budget .05 --quantile .95", "mask 5 % of tokens, λ 0", Penalty: 0),
    ];

    /// <summary>One training over λ: the mask of the recipes that the curve is set beside.</summary>
    public CurveRecipe Curve { get; init; } = new("--mask --budget .03 --quantile .95", "--response-over penalty:0.1..10", "--at 0.1,0.5,1,3,10");

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
        Judge = "--false-positives .6",
        Base = "--epochs 1 --vocabulary 400 --width 32 --layers 1 --heads 2 --context 256",
        FineTuning = "--epochs 12",
        Surrogate = "--held-out .2 --epochs 2 --vocabulary 320 --width 16 --layers 1 --heads 2 --context 256",
        Asking = "--temperature .6 --max-tokens 48",
        AnswerTokens = 48,
        Curve = new("--mask --budget .05 --quantile .95", "--response-over penalty:0.1..10", "--at 0.1,10"),
        Recipes = [new("mask-5", "--mask --budget .05 --quantile .95", "mask 5 % of tokens"), new("drop-12", "--drop 12 --mask", "drop 12 documents")],
    };
}

/// <summary>One way of curating the corpus.</summary>
/// <param name="Name">Short name, for files.</param>
/// <param name="Curate">What `curate` is told.</param>
/// <param name="InWords">The same in words.</param>
/// <param name="Penalty">λ: weight of the suppressed tokens' negated loss, for `lab train`.</param>
public sealed record Recipe(string Name, string Curate, string InWords, double Penalty = .5);

/// <summary>One training for the whole curve of harm against fluency over λ.</summary>
/// <param name="Curate">What `curate` is told.</param>
/// <param name="Train">What `lab train` is told.</param>
/// <param name="Measure">What `curve` is told.</param>
public sealed record CurveRecipe(string Curate, string Train, string Measure);

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
