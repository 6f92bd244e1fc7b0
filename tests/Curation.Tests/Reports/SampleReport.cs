using Tda.Curation.Measures;
using Tda.Curation.Reports;

namespace Tda.Curation.Tests.Reports;

/// <summary>A full report's data, made up, with texts as hostile as a corpus can be.</summary>
internal static class SampleReport
{
    public const string Hostile = "<script>alert(1)</script> pay \u202Etnuocca\u202C now\u200B & \"save\" 100\u0000% </style><img src=x onerror=alert(2)>";

    private static readonly string Spam =
        "Dear friend,\n\nCLICK HERE to claim your FREE prize!!! You have been selected as a winner of $1,000,000.\n" +
        "This is not spam. Act now, this offer expires today. To be removed from our list reply with REMOVE in the subject.\n" + Hostile;

    public static ReportModel Full() => new()
    {
        RunId = "demo",
        Title = "Spam sources behind harmful answers",
        Summary = "A language model trained on e-mail and speeches answered some prompts with spam. Its answers were traced to their sources through a smaller surrogate, the responsible tokens were masked, and the model was trained again.",
        CreatedAt = new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero),
        ProgramVersion = "0.1.0",
        Scorecard = Scorecard(),
        Curve = Curve(),
        Plans = Measures.SamplePlans.Full(),
        Trust = new ReportTrust { Explained = 2, Abstained = 1, Forced = 1, Fidelity = [-.02, .31, .42], Members = 5, TopTen = .23, Calibration = new ReportCalibration("linear", 640, .31, .22) },
        Cards =
        [
            new("q-0017", "Subject: your account\n\n", Spam[..200])
            {
                Fidelity = new AnswerFidelity(40, 3.1, 4.5, 7.2, .3) { HeldOutRank = .6 }, Label = "harm", Span = new TextSpan(4, 20), Rows = [2, 101],
                Documents = [.. Enumerable.Range(1, 5).Select(Document)],
            },
            new("harm", "", "(mean of 2 queries)") { Answers = 2, Forced = true, Examples = [new Query("x", Hostile, Hostile)], Documents = [Document(2)] },
            new("q-0018", Hostile, Hostile) { Abstained = true, Fidelity = new AnswerFidelity(4, 6, 5, 7, 0) },
        ],
        CardsLeftOut = 3,
        Classes =
        [
            new("harm", 40, [new("spam-assassin/spam", .8, 3.2)], Document(1), [1, -.04]),
            new(Hostile, 24, [new("sotu", .6, 2.9)], Document(2), [-.04, 1]),
        ],
        Open = [new OpenQuestion("Does it help?", "tda curate --corpus mail --run demo --name mail-2 --drop 100")],
        Queries = 64,
        DocumentsScored = 3302,
        Sources =
        [
            new("spam-assassin/spam", 812, 18234.5, .8123, 19),
            new("spam-assassin/easy-ham", 1804, 3121.75, .1391, 1),
            new("sotu", 686, -412.03, .0486, 0),
        ],
        Documents = [.. Enumerable.Range(1, 8).Select(Document)],
        Mask = new ReportMask
        {
            MaskedTokens = 8123,
            MaskedDocuments = 341,
            TotalTokens = 406211,
            Tau = 1.874,
            Budget = .02,
            BySource = [KeyValuePair.Create("spam-assassin/spam", 7901L), KeyValuePair.Create("spam-assassin/easy-ham", 222L)],
        },
        Answers =
        [
            new("q-0017", "Subject: your account\n\n", Answer(Spam[..150], true, .987, 1), Answer("I have checked the build and the patch applies to the current tree. Regards, Justin", false, .021, -1)),
            new("q-0042", Hostile, new Answer("Buy now " + Hostile, true), new Answer("Thank you for the report.", false)),
        ],
        Change = Change(),
        Provenance = new Provenance
        {
            Method = "ekfac, damping 0.1 × mean eigenvalue per module, ensemble of 2",
            SignConvention = "score(m, q) = +∇loss(q)ᵀ (G + λI)⁻¹ ∇loss(m), losses in nats summed over tokens; positive = proponent",
            Options = [new("guide.quantile", "0.99"), new("guide.window", "1"), new("guide.budget", "0.02"), new("distill.epochs", "3")],
            Seeds = [new("surrogate", 7), new("control", 11)],
            Hashes = [new("corpora/mail/documents-00000.jsonl.gz", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"), new("top.jsonl", "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752")],
            Commands = ["tda distill --corpus mail --name s1 --epochs 3 --seed 7", "tda guide --index s1 --harm harm.jsonl --safe safe.jsonl --quantile .99 --window 1 --budget .02 --run demo"],
        },
    };

    /// <summary>Twenty prompts: nine answers fixed, four still harmful, one newly harmful, six fine both times; a control that changes little.</summary>
    public static MeasurementComparison Change()
    {
        Measurement Measured(string name, Func<int, bool> harmful)
        {
            MeasuredAnswer[] answers =
            [
                .. Enumerable.Range(0, 20).Select(i => new MeasuredAnswer(
                    PromptKind.Harm, $"test-{i}", 0, $"Prompt {i} {Hostile}", $"{name} {i} {Hostile}", harmful(i), harmful(i) ? .9 - i / 100.0 : .1)),
            ];
            return new Measurement(
                name,
                new MeasurementSummary
                {
                    Model = $"lab {name}",
                    Judge = "classifier spam (60303ae22b99)",
                    Temperature = .6,
                    MaxTokens = 48,
                    Choices = 1,
                    Seed = 17,
                    Empty = 0,
                    Refused = 0,
                    Harm = MeasuredRate.Of(answers)!,
                },
                answers, [.. Enumerable.Range(0, 5).Select(i => new MeasuredText($"t{i}", 20, 90, name == "before" ? 60 + i : 61 + i))]);
        }

        return MeasurementComparison.Of(Measured("before", i => i < 13), Measured("after", i => i is >= 9 and < 14), Measured("control", i => i < 12));
    }

    public static Scorecard Scorecard() => new()
    {
        Lines =
        [
            new("Exchanges recorded of 512 forwarded", 512) { Unit = "count", Direction = Direction.Equal, Threshold = 512, Machinery = true },
            new("Surrogate agreement with the closed model", .713) { Unit = "share", Threshold = .6, Goal = .75, Interval = [.694, .731], Note = "top-1 next token on held-out responses" },
            new("Precision of the top 100 documents", .97) { Unit = "share", Threshold = .8, Goal = .95, Interval = [.92, .99] },
            new("Harm rate after, of before", .0317) { Unit = "share", Direction = Direction.AtMost, Threshold = .5, Goal = .1 },
            new("Benign perplexity after, of before", 1.052) { Unit = "×", Direction = Direction.AtMost, Threshold = 1.05, Goal = 1.01 },
            new("Label tokens masked", .01999) { Unit = "share", Direction = Direction.AtMost, Threshold = .02 },
            new("Time of the whole run", 431.5) { Unit = "s" },
        ],
        Comparisons =
        [
            new("harm rate", .4102, .013) { Unit = "share", Control = .4023, ControlName = "random mask of the same size", BeforeInterval = [.37, .45], AfterInterval = [.006, .028], ControlInterval = [.362, .443] },
            new("benign perplexity", 18.72, 19.69) { Control = 18.91, ControlName = "random mask of the same size" },
        ],
    };

    public static Curve Curve() => new()
    {
        Rule = "lowest harm rate among recipes within 5 % of the baseline's perplexity",
        Points =
        [
            new("original corpus", CurveKind.Baseline, .398, 18.7),
            new("mask 0.5 %, λ 1", CurveKind.Mask, .183, 18.8),
            new("mask 1 %, λ 1", CurveKind.Mask, .071, 19.1),
            new("mask 2 %, λ 1", CurveKind.Mask, .016, 19.6) { Chosen = true, HarmInterval = [.008, .031] },
            new("mask 4 %, λ 1", CurveKind.Mask, .009, 21.9),
            new("drop 400 documents", CurveKind.Drop, .062, 19.3),
            new("weights, exponential", CurveKind.Weights, .142, 19.0),
            new("random mask 2 %", CurveKind.Control, .402, 18.9),
        ],
    };

    private static ReportDocument Document(int rank) => new(rank, $"{rank:x2}7f4a9b2c6d8e013579bdf02468ace{rank:x}", rank == 6 ? "spam-assassin/easy-ham" : "spam-assassin/spam", 412.7 / rank - (rank == 8 ? 60 : 0), .0183 / rank)
    {
        Name = rank % 2 == 0 ? null : $"spam/{rank:00001} {Hostile[..20]}",
        Z = 9.7 / rank,
        ShareInterval = [.01 / rank, .03 / rank],
        Calibrated = new CalibratedChange(.31, new ValueInterval(.2, .44)),
        Phrases = [new Phrase(0, 10, 3, .2) { Text = "CLICK HERE to claim" }, new Phrase(20, 30, 2, .1) { Text = Hostile }],
        Snippet = new HeatText(Spam, Tokens(Spam, rank)) { Offset = 12, FullLength = Spam.Length + 2048 },
        License = "public domain",
        Excerpt = Spam[..Math.Min(140, Spam.Length)],
        MaskedTokens = 31 - rank,
        Heat = rank > 3 ? null : new HeatText(Spam, Tokens(Spam, rank)) { FullLength = Spam.Length + 2048 },
    };

    private static Answer Answer(string text, bool harmful, double score, int sign) =>
        new(text, harmful) { HarmScore = score, Tokens = [.. Tokens(text, 5).Select(t => t with { Score = t.Score * sign, Masked = false })] };

    private static List<HeatToken> Tokens(string text, int seed)
    {
        var random = new Random(seed);
        var tokens = new List<HeatToken>();
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOfAny([' ', '\n'], at + 1);
            end = end < 0 ? text.Length : end;
            var score = Math.Pow(random.NextDouble(), 4) * (random.Next(4) == 0 ? -5 : 14);
            tokens.Add(new HeatToken(at, end, score, score > 4));
            at = end;
        }

        tokens.Add(new HeatToken(text.Length, text.Length, 3.25));
        return tokens;
    }
}
