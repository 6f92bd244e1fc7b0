using Tda.Curation.Ledger;

namespace Tda.Curation.Selection;

/// <summary>A document up for being chosen.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Score">Higher is better.</param>
/// <param name="Size">What it takes of the budget: tokens or words.</param>
public sealed record SizedDocument(string Id, double Score, long Size)
{
    /// <summary>What the score is for, such as the target that it is nearest to; null: nothing to tell.</summary>
    public string? Evidence { get; init; }
}

/// <summary>Keeps the best documents that fit a budget, and drops the rest; or drops the worst up to a budget.</summary>
public static class BudgetSelector
{
    /// <summary>
    /// Walks down the scores and keeps every document that still fits. A function of the documents alone, in any order: ties go by id.
    /// </summary>
    /// <param name="documents">All of them.</param>
    /// <param name="share">Most of all sizes that are kept, as a share, 0 to 1.</param>
    /// <param name="rule">The rule in words.</param>
    /// <returns>A decision to drop for each document that isn't kept, in the order of the scores; the threshold is the lowest score kept.</returns>
    public static IReadOnlyList<Decision> Drop(IReadOnlyCollection<SizedDocument> documents, double share, string rule)
    {
        if (documents.FirstOrDefault(document => !double.IsFinite(document.Score)) is { } wrong)
        {
            throw new BadInputException("document scores", $"the score of document {wrong.Id} is {wrong.Score}");
        }

        // In decimal, as of masks: .29 × 100 is 28.999… in binary and would lose a token.
        var left = (long)Math.Floor((decimal)share * documents.Sum(document => document.Size));
        var dropped = new List<SizedDocument>();
        double? lowest = null;
        foreach (var document in documents.OrderByDescending(document => document.Score).ThenBy(document => document.Id, StringComparer.Ordinal))
        {
            if (document.Size <= left)
            {
                (left, lowest) = (left - document.Size, document.Score);
            }
            else
            {
                dropped.Add(document);
            }
        }

        return
        [
            .. dropped.Select(document => new Decision(document.Id, CurationAction.Drop, rule)
            {
                Reason = "not_selected",
                Value = document.Score,
                Threshold = lowest,
                Evidence = document.Evidence,
            })
        ];
    }

    /// <summary>
    /// Drops the highest scores above 0 until the budget is met as nearly as whole documents can: the last one is taken if that comes nearer to
    /// the budget than leaving it. Fewer go where scores above 0 run out. A function of the documents alone, in any order: ties go by id.
    /// </summary>
    /// <param name="documents">All of them.</param>
    /// <param name="budget">Sizes to drop, added up.</param>
    /// <param name="rule">The rule in words.</param>
    public static IReadOnlyList<Decision> DropHighest(IEnumerable<SizedDocument> documents, long budget, string rule)
    {
        var dropped = new List<Decision>();
        long size = 0;
        foreach (var document in documents.Where(one => one.Score > 0).OrderByDescending(one => one.Score).ThenBy(one => one.Id, StringComparer.Ordinal))
        {
            if (size + (document.Size / 2.0) >= budget)
            {
                break;
            }

            size += document.Size;
            dropped.Add(new Decision(document.Id, CurationAction.Drop, rule) { Value = document.Score });
        }

        return [.. dropped.Select(decision => decision with { Threshold = dropped[^1].Value })];
    }

    /// <summary>The control: documents drawn at random until the budget is met as nearly as they can.</summary>
    /// <param name="documents">All of them, in any order; their scores aren't looked at.</param>
    /// <param name="budget">Sizes to drop, added up.</param>
    /// <param name="seed">Same seed, same documents: same choice.</param>
    public static IReadOnlyList<Decision> DropAtRandom(IEnumerable<SizedDocument> documents, long budget, int seed)
    {
        var random = SplitMix64.Of(seed);
        SizedDocument[] drawn = [.. documents.OrderBy(one => one.Id, StringComparer.Ordinal).Select(one => one with { Score = 1 - random.NextDouble() })];
        return DropHighest(drawn, budget, $"drop: random control of {budget} tokens, seed {seed}");
    }
}
