namespace Tda.Curation.Selection;

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
        SplitMix64.Of(seed).Shuffle<CandidateDocument>(shuffled);
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

/// <summary>Which documents <see cref="DocumentDropper"/> drops: exactly one of the three limits is set.</summary>
public sealed record DropOptions
{
    /// <summary>Drop this many, highest score first; 0 or more.</summary>
    public int? Count { get; init; }

    /// <summary>Drop from the top while the dropped tokens stay within this share of all tokens, 0 to 1.</summary>
    public double? TokenShare { get; init; }

    /// <summary>Drop every document with a score above this, in nats × N.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether only proponents (score above 0) may go; default true. Dropping an opponent would raise what is to be lowered.</summary>
    public bool ProponentsOnly { get; init; } = true;

    /// <summary>Drop only documents of these sources; null = all.</summary>
    public IReadOnlyCollection<string>? Sources { get; init; }

    /// <exception cref="UsageException">No limit, more than one, or one out of range; the message names all that is wrong.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        var limits = new[] { Count is not null, TokenShare is not null, Threshold is not null }.Count(set => set);
        if (limits != 1)
        {
            errors.Add($"{limits} limits are set; set one of count, token share and threshold");
        }

        if (Count is < 0)
        {
            errors.Add($"count is {Count}; it must be 0 or more");
        }

        if (TokenShare is { } share && share is not (>= 0 and <= 1))
        {
            errors.Add($"token share is {share}; it must be between 0 and 1");
        }

        if (Threshold is { } threshold && !double.IsFinite(threshold))
        {
            errors.Add($"threshold is {threshold}");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The options for dropping are wrong: " + string.Join("; ", errors) + ".");
        }
    }
}

/// <summary>Documents to drop.</summary>
/// <param name="Rule">The rule in words, for the ledger.</param>
/// <param name="Threshold">The limit as a score: every dropped document has at least this score; null where none was dropped or at random.</param>
/// <param name="Dropped">The documents, highest score first.</param>
/// <param name="Documents">All documents considered.</param>
/// <param name="Tokens">Tokens of all documents considered.</param>
public sealed record DropResult(string Rule, double? Threshold, IReadOnlyList<CandidateDocument> Dropped, int Documents, long Tokens)
{
    public long DroppedTokens => Dropped.Sum(d => d.Length);

    /// <summary>Share of all tokens that is dropped.</summary>
    public double DroppedShare => Tokens == 0 ? 0 : (double)DroppedTokens / Tokens;
}
