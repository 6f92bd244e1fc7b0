namespace Tda.Core.Drift;

/// <summary>
/// What is known of whether a surrogate still stands for the closed model: <c>drift.json</c> in its folder. A surrogate that is distilled
/// again has none until it is looked at again.
/// </summary>
public sealed record DriftReport
{
    /// <summary>Name of the file in a surrogate's folder.</summary>
    public const string FileName = "drift.json";

    /// <summary>Format name of the file.</summary>
    public const string FormatName = "tda.drift";

    /// <summary>Newest version that is read.</summary>
    public const int FormatVersion = 1;

    public string Format { get; init; } = FormatName;

    public int Version { get; init; } = FormatVersion;

    /// <summary>The surrogate's name.</summary>
    public required string Surrogate { get; init; }

    /// <summary>When the log was looked at.</summary>
    public required DateTimeOffset CheckedAt { get; init; }

    public required DriftState State { get; init; }

    /// <summary>The same in words, with what it rests on.</summary>
    public required string Verdict { get; init; }

    /// <summary>The chance of a false alarm, at most, however often the log is looked at.</summary>
    public required double Alpha { get; init; }

    /// <summary>Answers that began after this are new to the surrogate.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Answers until then that the log still holds.</summary>
    public required int Reference { get; init; }

    /// <summary>Exchanges that there were when it was distilled; null where that isn't known.</summary>
    public int? ReferenceThen { get; init; }

    /// <summary>Answers since.</summary>
    public required int New { get; init; }

    /// <summary>The upstream's answers since against those that the surrogate was distilled from: what the verdict goes by.</summary>
    public BettingFinding? Answers { get; init; }

    /// <summary>The same of the prompts: if these changed too, answers may differ for that reason alone.</summary>
    public BettingFinding? Prompts { get; init; }

    /// <summary>The surrogate's own answers against the upstream's to the same prompts, until then; not a part of the verdict.</summary>
    public BettingFinding? SurrogateThen { get; init; }

    /// <summary>The same of the prompts since.</summary>
    public BettingFinding? SurrogateSince { get; init; }

    /// <summary>The upstream's answers to held-out prompts under the surrogate, period by period; empty where there are too few.</summary>
    public IReadOnlyList<FidelityPeriod> Fidelity { get; init; } = [];

    /// <summary>Where their losses changed most; null where there are too few.</summary>
    public FidelityChange? Change { get; init; }

    /// <summary>How far another model is from the surrogate; null where none was asked for.</summary>
    public FunctionDistance? Distance { get; init; }

    /// <summary>The report in a surrogate's folder; null where it was never looked at.</summary>
    /// <exception cref="BadInputException">The file is damaged, or of a newer version.</exception>
    public static DriftReport? Read(string surrogateDirectory)
    {
        var path = Path.Combine(surrogateDirectory, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var report = JsonFile.Read<DriftReport>(path, "Run tda drift again.");
        return report is { Format: FormatName, Version: >= 1 and <= FormatVersion } ? report : throw new BadInputException(
            path, $"it is {report.Format} {report.Version}; this program reads {FormatName} up to {FormatVersion}", remedy: "Run tda drift again.");
    }

    /// <summary>Writes it into a surrogate's folder.</summary>
    public void Write(string surrogateDirectory) => AtomicFile.WriteJson(Path.Combine(surrogateDirectory, FileName), this);
}

/// <summary>Whether a surrogate still stands for the closed model.</summary>
public enum DriftState
{
    /// <summary>Enough answers, and no sign of a change.</summary>
    Fresh,

    /// <summary>The closed model answers differently.</summary>
    Stale,

    /// <summary>Too few answers to tell.</summary>
    Unknown,
}

/// <summary>What a betting test of two samples came to.</summary>
/// <param name="EValue">Its evidence against "no difference": at least 1/α with a chance of at most α if there is none.</param>
/// <param name="Pairs">Pairs it has seen, one of each sample.</param>
/// <param name="CrossedAt">The pair at which the e-value reached 1/α, from 1; there the test ended. Null where it didn't.</param>
/// <param name="CrossedId">The exchange of that pair, the newer one where both are.</param>
/// <param name="CrossedTime">When that began.</param>
public sealed record BettingFinding(double EValue, int Pairs, int? CrossedAt = null, string? CrossedId = null, DateTimeOffset? CrossedTime = null);

/// <summary>How well the surrogate predicted the upstream in a part of the log.</summary>
/// <param name="Name">The ISO week, such as <c>2026-W49</c>; <c>answers 1–50</c> where the log is shorter than four weeks.</param>
/// <param name="From">When its first answer began.</param>
/// <param name="Answers">Answers to held-out prompts that were measured.</param>
/// <param name="NatsPerToken">Mean over answers of their loss a token.</param>
/// <param name="Low">Lower end of its 95 % bootstrap interval; null of one answer.</param>
/// <param name="High">Upper end.</param>
public sealed record FidelityPeriod(string Name, DateTimeOffset From, int Answers, double NatsPerToken, double? Low, double? High);

/// <summary>The place in the log where losses changed most.</summary>
/// <param name="At">When the first answer after it began.</param>
/// <param name="ExchangeId">That answer's exchange.</param>
/// <param name="P">The chance of as clear a place if losses never changed. Valid for one look, not for many.</param>
/// <param name="Before">Mean nats a token before.</param>
/// <param name="After">Mean nats a token from there on.</param>
public sealed record FidelityChange(DateTimeOffset At, string ExchangeId, double P, double Before, double After);

/// <summary>How far two models are apart as functions, on sequences that the first one wrote.</summary>
/// <param name="Other">What the other one is.</param>
/// <param name="Logits">Root of the mean squared distance of the logits of the next token, each less its mean.</param>
/// <param name="NatsPerToken">KL divergence of the other's next tokens from the surrogate's.</param>
/// <param name="Tokens">Places at which both were asked.</param>
public sealed record FunctionDistance(string Other, double Logits, double NatsPerToken, long Tokens);
