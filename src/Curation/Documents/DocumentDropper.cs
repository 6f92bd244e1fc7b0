using System.Globalization;
using Tda.Curation.Selection;

namespace Tda.Curation.Documents;

/// <summary>Picks whole documents to drop, the strongest proponents first.</summary>
public static class DocumentDropper
{
    /// <exception cref="UsageException">The options make no sense.</exception>
    /// <exception cref="BadInputException">There are no documents, one comes twice, or a named source is missing.</exception>
    public static DropResult Select(IReadOnlyList<CandidateDocument> candidates, DropOptions options)
    {
        options.Validate();
        var tokens = candidates.Sum(c => c.Length);
        var ranked = Candidates.Ranked(candidates, options.Sources)
            .Where(c => !options.ProponentsOnly || c.Score > 0);
        var (rule, dropped) = options switch
        {
            { Count: { } count } => (Invariant($"drop: top {count} documents"), ranked.Take(count)),
            { TokenShare: { } share } => (Invariant($"drop: top documents within {share} of all tokens"), Within(ranked, MaskSelector.BudgetTokens(tokens, share))),
            _ => (Invariant($"drop: score above {options.Threshold}"), ranked.TakeWhile(c => c.Score > options.Threshold)),
        };
        var list = dropped.ToArray();
        return new DropResult(rule, list is [.., var last] ? last.Score : null, list, candidates.Count, tokens);
    }

    /// <summary>
    /// The control: as many documents, drawn at random; or, by tokens, documents drawn at random while they fit within as
    /// many tokens (spam is often short, so that equal numbers of documents are unequal numbers of tokens).
    /// </summary>
    /// <param name="candidates">What <paramref name="like"/> was selected from, in any order.</param>
    /// <param name="like">The selection to match.</param>
    /// <param name="byTokens">Whether to match tokens rather than documents; then at most as many tokens are dropped.</param>
    /// <param name="seed">Same seed, same candidates: same documents.</param>
    public static DropResult RandomLike(IReadOnlyList<CandidateDocument> candidates, DropResult like, bool byTokens, int seed)
    {
        var shuffled = candidates.OrderBy(c => c.Id, StringComparer.Ordinal).ToArray();
        new Random(seed).Shuffle(shuffled);
        var dropped = byTokens ? Fitting(shuffled, like.DroppedTokens) : shuffled.Take(like.Dropped.Count);
        var size = byTokens ? $"{like.DroppedTokens} tokens" : $"{like.Dropped.Count} documents";
        return new DropResult($"drop: random control of {size}, seed {seed}", null, [.. dropped], candidates.Count, candidates.Sum(c => c.Length));
    }

    private static IEnumerable<CandidateDocument> Within(IEnumerable<CandidateDocument> ranked, long budget)
    {
        foreach (var candidate in ranked)
        {
            // Ends at the first that does not fit: going on to smaller ones would let length decide over score.
            if (candidate.Length > budget)
            {
                yield break;
            }

            budget -= candidate.Length;
            yield return candidate;
        }
    }

    private static IEnumerable<CandidateDocument> Fitting(IEnumerable<CandidateDocument> shuffled, long budget)
    {
        foreach (var candidate in shuffled)
        {
            if (candidate.Length > budget)
            {
                continue;
            }

            budget -= candidate.Length;
            yield return candidate;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
