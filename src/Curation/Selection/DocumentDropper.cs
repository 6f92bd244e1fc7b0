using Tda.Curation.Ledger;

namespace Tda.Curation.Selection;

/// <summary>Picks whole documents to drop, the strongest proponents first.</summary>
public static class DocumentDropper
{
    /// <summary>The highest scores. Only proponents go, so there may be fewer: without an opponent, what is to be lowered would rise.</summary>
    /// <param name="candidates">In any order.</param>
    /// <param name="count">Documents to drop, 0 or more.</param>
    /// <exception cref="UsageException">The number is negative.</exception>
    /// <exception cref="BadInputException">There are no documents, or a score isn't finite.</exception>
    public static IReadOnlyList<Decision> Select(IReadOnlyList<CandidateDocument> candidates, int count)
    {
        new OptionChecks().AtLeast("the number of documents to drop", count, 0).Throw("The");
        CandidateDocument[] dropped = [.. CandidateDocument.Ranked(candidates).Where(c => c.Score > 0).Take(count)];
        return
        [
            .. dropped.Select(c => new Decision(c.Id, CurationAction.Drop, $"drop: top {count} documents")
            {
                Value = c.Score,
                Threshold = dropped[^1].Score,
            })
        ];
    }

    /// <summary>The control: as many documents, drawn at random.</summary>
    /// <param name="candidates">What the selection to match was made from, in any order.</param>
    /// <param name="count">How many it has.</param>
    /// <param name="seed">Same seed, same candidates: same documents.</param>
    public static IReadOnlyList<Decision> Random(IReadOnlyList<CandidateDocument> candidates, int count, int seed)
    {
        var shuffled = candidates.OrderBy(c => c.Id, StringComparer.Ordinal).ToArray();
        SplitMix64.Of(seed).Shuffle<CandidateDocument>(shuffled);
        var rule = $"drop: random control of {count} documents, seed {seed}";
        return [.. shuffled.Take(count).Select(c => new Decision(c.Id, CurationAction.Drop, rule) { Value = c.Score })];
    }
}
