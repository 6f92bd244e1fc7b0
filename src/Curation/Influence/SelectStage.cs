using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.Curation.Selection;

namespace Tda.Curation.Influence;

/// <summary>
/// Keeps the documents that help target answers most, as LESS does (Xia et al. 2024, 2402.04333, §4.2): a document's score is its largest
/// over the run's targets, and the highest stay within a budget of tokens. Scores of LESS come from `tda attribute --method less --by-label`;
/// those of any other method do too, where its targets' scores compare (--normalisation cosine).
/// </summary>
/// <param name="run">Directory of the run; null where none was found, and the plan isn't used.</param>
/// <param name="share">Most of the documents' tokens that are kept, 0 to 1.</param>
/// <param name="combine">How targets are combined.</param>
/// <param name="perToken">Whether a score is divided by the document's tokens.</param>
public sealed class SelectStage(string? run, double share, TargetCombination combine, bool perToken) : ICurationStage
{
    /// <summary>How plans name it.</summary>
    public static StageKind Kind { get; } = new(
        "select", "Keeps the documents that help a run's target answers most (LESS), within a budget of tokens.",
        "run ID, share .5, combine max, per_token false", (given, services) =>
        {
            var run = given.Required("run");
            return new SelectStage(
                run.Length == 0 ? null : StageArtifacts.Find(given, "run", services, home => home.RunDirectory(run)),
                given.Number("share", 0.5, 0, 1), given.Choice("combine", TargetCombination.Max), given.Flag("per_token", false));
        });

    /// <inheritdoc/>
    public string Rule { get; } = FormattableString.Invariant(
        $"select: {share} of the tokens, by the {(combine == TargetCombination.Max ? "largest" : "mean")} score over targets{(perToken ? ", a token" : "")}");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Inputs { get; } = StageArtifacts.Inputs(run);

    /// <inheritdoc/>
    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        // 1. Scores by document and target: rows of one document add up.
        using var opened = ScoreRun.Open(run!);
        if (opened.Queries.Count == 0)
        {
            throw new BadInputException(run!, "has no scored answers to select for");
        }

        var totals = new Dictionary<string, (double[] Scores, long Tokens)>(StringComparer.Ordinal);
        var ranked = opened.RankedRows;
        for (var row = 0; row < opened.Rows.Count; row++)
        {
            var (id, _, start, end) = opened.Rows[row];
            if (!totals.TryGetValue(id, out var total))
            {
                total = (new double[ranked.Count], 0);
            }

            for (var target = 0; target < ranked.Count; target++)
            {
                total.Scores[target] += opened.Scores.Row(ranked[target])[row];
            }

            totals[id] = total with { Tokens = total.Tokens + Math.Max(1, end - start) };
        }

        // 2. What is there and scored competes; what is there and isn't, can't be chosen.
        var sized = new List<SizedDocument>();
        var unscored = new List<Decision>();
        foreach (var document in documents.Pass(context, "select"))
        {
            if (totals.TryGetValue(document.Id, out var total))
            {
                sized.Add(Of(document.Id, total.Scores, total.Tokens, opened, ranked));
            }
            else
            {
                unscored.Add(new Decision(document.Id, CurationAction.Drop, Rule) { Reason = "not_scored" });
            }
        }

        // 3. The budget.
        return sized.Count > 0 ? BudgetSelector.Drop(sized, share, Rule).Concat(unscored)
            : throw new BadInputException(run!, "scores none of the documents", remedy: "Use a run over the corpus that is curated.");
    }

    private SizedDocument Of(string id, double[] scores, long tokens, ScoreRun opened, IReadOnlyList<int> ranked)
    {
        var best = Array.IndexOf(scores, scores.Max());
        var score = combine == TargetCombination.Max ? scores[best] : scores.Average();
        return new SizedDocument(id, perToken ? score / tokens : score, tokens) { Evidence = $"nearest target: {opened.Queries[ranked[best]].Id}" };
    }
}

/// <summary>How scores for several targets become one.</summary>
public enum TargetCombination
{
    /// <summary>The largest: a document need help one target only.</summary>
    Max,

    /// <summary>The mean.</summary>
    Mean,
}
