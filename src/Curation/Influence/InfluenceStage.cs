using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.Curation.Selection;
using Tda.Curation.Weights;

namespace Tda.Curation.Influence;

/// <summary>
/// Drops, masks or weighs documents by a run's scores. Of harmful answers the proponents go first; of good ones, such as a clean set held
/// out, the opponents: quality by influence. A document that the run doesn't score is left alone.
/// </summary>
/// <param name="run">Directory of the run; null where none was found, and the plan isn't used.</param>
/// <param name="options">What is done.</param>
public sealed class InfluenceStage(string? run, InfluenceStageOptions options) : ICurationStage
{
    /// <summary>How plans name it.</summary>
    public static StageKind Kind { get; } = new(
        "influence", "Drops, masks or weighs documents by their influence on a run's answers.",
        "run ID, queries harmful, action drop, documents N or share S, per_token false; budget, quantile, window of a mask", Make);

    /// <inheritdoc/>
    public string Rule { get; } = $"influence: {options.Describe()}";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Inputs { get; } = StageArtifacts.Inputs(run);

    /// <inheritdoc/>
    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        var there = documents.Pass(context, "influence").Select(document => document.Id).ToHashSet(StringComparer.Ordinal);
        var decisions = options.Action switch
        {
            InfluenceAction.Mask => options.Mask is { } anew ? RunPlan.MaskAnew(run!, anew, there.Contains) : RunPlan.Mask(run!),
            InfluenceAction.Weigh when CurationFiles.In(run!, CurationFiles.Weights) is not null => RunPlan.Weigh(run!),
            InfluenceAction.Weigh => Signed(DocumentReweighter.Weigh(Candidates(there))),
            _ => Drop(Candidates(there)),
        };
        return decisions.Where(decision => there.Contains(decision.Id)).Select(decision => decision with { Rule = Rule, Reason = decision.Reason ?? Reason });
    }

    private string Reason => (options.Action, options.Queries) switch
    {
        (InfluenceAction.Mask, _) => "masked_tokens",
        (_, QueryKind.Good) => "opponent",
        _ => "proponent",
    };

    private IEnumerable<Decision> Drop(IReadOnlyList<CandidateDocument> candidates) => Signed(DocumentDropper.Select(
        candidates, options.Documents ?? (int)Math.Floor((decimal)options.Share!.Value * candidates.Count)));

    /// <summary>The run's documents that are still there; of good answers with the opponents first.</summary>
    private IReadOnlyList<CandidateDocument> Candidates(HashSet<string> there)
    {
        using var opened = ScoreRun.Open(run!);
        var sizes = options.PerToken ? opened.Rows.GroupBy(row => row.Id, StringComparer.Ordinal)
            .ToDictionary(rows => rows.Key, rows => rows.Sum(row => Math.Max(1, row.End - row.Start)), StringComparer.Ordinal) : null;
        CandidateDocument[] candidates =
        [
            .. RunScores.Candidates(opened).Where(candidate => there.Contains(candidate.Id))
                .Select(candidate => candidate with { Score = Sign * candidate.Score / (sizes?[candidate.Id] ?? 1) })
        ];
        return candidates.Length > 0 ? candidates
            : throw new BadInputException(run!, "scores none of the documents", remedy: "Use a run over the corpus that is curated.");
    }

    private int Sign => options.Queries == QueryKind.Good ? -1 : 1;

    /// <summary>Decisions with the scores' own sign again.</summary>
    private IEnumerable<Decision> Signed(IEnumerable<Decision> decisions) =>
        decisions.Select(decision => decision with { Value = Sign * decision.Value, Threshold = options.Action == InfluenceAction.Weigh ? decision.Threshold : Sign * decision.Threshold });

    private static InfluenceStage Make(StageOptions given, StageServices services)
    {
        var run = given.Required("run");
        var mask = new MaskOptions();
        var (budget, quantile, window) = (given.NumberOrNone("budget", 0, 1), given.NumberOrNone("quantile", 0, 1), given.CountOrNone("window"));
        var options = new InfluenceStageOptions
        {
            Queries = given.Choice("queries", QueryKind.Harmful),
            Action = given.Choice("action", InfluenceAction.Drop),
            Documents = given.CountOrNone("documents"),
            Share = given.NumberOrNone("share", 0, 1),
            PerToken = given.Flag("per_token", false),
            Mask = budget is null && quantile is null && window is null ? null
                : mask with { Budget = budget ?? mask.Budget, Quantile = quantile ?? mask.Quantile, Window = window ?? mask.Window },
        };
        foreach (var (option, error) in options.Faults())
        {
            given.Fail(option, error);
        }

        return new InfluenceStage(run.Length == 0 ? null : StageArtifacts.Find(given, "run", services, home => home.RunDirectory(run)), options);
    }
}

/// <summary>What a run's answers are.</summary>
public enum QueryKind
{
    /// <summary>To become less likely: proponents go first.</summary>
    Harmful,

    /// <summary>To become likelier: opponents go first.</summary>
    Good,
}

/// <summary>What is done by influence.</summary>
public enum InfluenceAction
{
    /// <summary>Documents are left out.</summary>
    Drop,

    /// <summary>Tokens are suppressed: the run's mask, or one selected anew.</summary>
    Mask,

    /// <summary>Documents are weighed: by the run's <c>weights.jsonl</c>, or by its scores.</summary>
    Weigh,
}

/// <summary>What <see cref="InfluenceStage"/> does.</summary>
public sealed record InfluenceStageOptions
{
    /// <summary>What the run's answers are. Default harmful.</summary>
    public QueryKind Queries { get; init; }

    /// <summary>What is done. Default drop.</summary>
    public InfluenceAction Action { get; init; }

    /// <summary>drop: most documents that go, at least 0; this or <see cref="Share"/>.</summary>
    public int? Documents { get; init; }

    /// <summary>drop: most of the scored documents that go, as a share, 0 to 1.</summary>
    public double? Share { get; init; }

    /// <summary>Whether a score is divided by the document's tokens: a sum over tokens favours long ones. Default no.</summary>
    public bool PerToken { get; init; }

    /// <summary>mask: how it is selected anew; null (default): the run's own.</summary>
    public MaskOptions? Mask { get; init; }

    /// <summary>What doesn't go together, with the option that it is told of.</summary>
    internal IEnumerable<(string Option, string Error)> Faults()
    {
        if (Action == InfluenceAction.Drop && (Documents is null) == (Share is null))
        {
            yield return ("action", "say how many go: documents N, or share S");
        }

        if (Action != InfluenceAction.Drop && (Documents ?? Share) is not null)
        {
            yield return (Documents is null ? "share" : "documents", "is for action drop");
        }

        if (Mask is not null && Action != InfluenceAction.Mask)
        {
            yield return ("budget", "budget, quantile and window are for action mask");
        }

        if (Action == InfluenceAction.Mask && Queries == QueryKind.Good)
        {
            yield return ("queries", "a mask suppresses tokens behind harmful answers; there is none of good ones");
        }
    }

    internal string Describe()
    {
        var who = Queries == QueryKind.Good ? "opponents of good answers" : "proponents of harmful answers";
        var unit = PerToken ? ", by score a token" : "";
        return Action switch
        {
            InfluenceAction.Mask => Mask?.Rule ?? "the run's mask",
            InfluenceAction.Weigh => $"weighs down {who}{unit}, or takes the run's weights",
            _ => FormattableString.Invariant($"drops at most {(Documents is { } count ? $"{count} documents" : $"{Share} of the documents")}, the strongest {who}{unit}"),
        };
    }
}
