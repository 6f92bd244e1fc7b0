namespace Tda.Curation.Selection;

/// <summary>
/// IF-Guide's choice of training tokens to suppress (2506.01790):
/// <list type="number">
/// <item>τ = the .99 quantile of all token scores.</item>
/// <item>Rank documents by how many tokens lie above τ and by their sum (<see cref="DocumentRanking"/>).</item>
/// <item>Walk down the ranking; around each token above τ mark a window, until the budget is spent.</item>
/// </list>
/// The result depends on the scores alone: not on the documents' order, and on no random number.
/// </summary>
public static class MaskSelector
{
    /// <exception cref="UsageException">An option is out of range.</exception>
    /// <exception cref="BadInputException">There is nothing to rank, a document comes twice, or a named source or document is missing.</exception>
    public static MaskResult Select(IReadOnlyList<DocumentTokenScores> documents, MaskOptions options)
    {
        options.Validate();
        var byId = Inputs.ById(documents, options);

        // 1. The threshold.
        var tau = Threshold(documents, options);

        // 2. The ranking.
        var ranking = DocumentRanking.Rank(documents, tau);
        var order = Restrict(ranking, byId, options);

        // 3. The walk.
        var total = documents.Sum(d => (long)d.Tokens.Count);
        var walk = new MaskWalk(tau, options.Window, BudgetTokens(total, options.Budget));
        foreach (var document in order)
        {
            if (walk.Spent)
            {
                break;
            }

            walk.Visit(document);
        }

        return new MaskResult
        {
            Tau = tau,
            TotalTokens = total,
            BudgetTokens = walk.Budget,
            TokensAbove = ranking.Sum(r => (long)r.Above),
            DocumentsAbove = ranking.Count(r => r.Above > 0),
            MaskedAbove = walk.MaskedAbove,
            Documents = walk.Masked,
        };
    }

    /// <summary>Whole tokens within a share. In decimal, because .29 × 100 is 28.999… in binary and would lose a token.</summary>
    internal static long BudgetTokens(long total, double budget) => (long)Math.Floor((decimal)budget * total);

    private static double Threshold(IReadOnlyList<DocumentTokenScores> documents, MaskOptions options)
    {
        var all = new float[documents.Sum(d => d.Scores.Count)];
        var at = 0;
        foreach (var document in documents)
        {
            foreach (var score in document.Scores)
            {
                all[at++] = score;
            }
        }

        var tau = Quantile.OfSorting(all, options.Quantile);
        return options.ProponentsOnly ? Math.Max(tau, 0) : tau;
    }

    private static IEnumerable<DocumentTokenScores> Restrict(
        IReadOnlyList<RankedDocument> ranking, IReadOnlyDictionary<string, DocumentTokenScores> byId, MaskOptions options)
    {
        var order = (options.DocumentOrder ?? ranking.Select(r => r.Id)).Select(id => byId[id]);
        if (options.Sources is { } sources)
        {
            order = order.Where(d => sources.Contains(d.Source));
        }

        return options.TopDocuments is { } top ? order.Take(top) : order;
    }
}

/// <summary>How <see cref="MaskSelector"/> picks training tokens to suppress. The defaults are IF-Guide's (2506.01790).</summary>
public sealed record MaskOptions
{
    /// <summary>τ is this quantile of all token scores; 0 to 1, default .99.</summary>
    public double Quantile { get; init; } = .99;

    /// <summary>Label tokens masked on each side of a token above τ; 0 or more, default 1.</summary>
    public int Window { get; init; } = 1;

    /// <summary>Largest share of all label tokens that may be masked; 0 to 1, default .02. Never exceeded.</summary>
    public double Budget { get; init; } = .02;

    /// <summary>
    /// Whether τ is raised to 0 where the quantile is negative, so that no opponent is ever masked: suppressing an opponent
    /// of harm would make harm more likely. Default true; false is the method as published.
    /// </summary>
    public bool ProponentsOnly { get; init; } = true;

    /// <summary>Mask only in the first N documents of the ranking; null = in as many as the budget reaches.</summary>
    public int? TopDocuments { get; init; }

    /// <summary>Mask only in documents of these sources; null = all. τ still comes from all documents.</summary>
    public IReadOnlyCollection<string>? Sources { get; init; }

    /// <summary>
    /// Document ids, best first, to walk in place of the harmonic-mean ranking (for example by document score, which is
    /// the better choice where token scores are noisy). Documents not named are not masked.
    /// </summary>
    public IReadOnlyList<string>? DocumentOrder { get; init; }

    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (Quantile is not (>= 0 and <= 1))
        {
            errors.Add($"quantile is {Quantile}; it must be between 0 and 1");
        }

        if (Window < 0)
        {
            errors.Add($"window is {Window}; it must be 0 or more");
        }

        if (Budget is not (>= 0 and <= 1))
        {
            errors.Add($"budget is {Budget}; it is a share of all label tokens, between 0 and 1");
        }

        if (TopDocuments is < 1)
        {
            errors.Add($"top documents is {TopDocuments}; it must be 1 or more");
        }

        if (DocumentOrder is { } order && order.Distinct(StringComparer.Ordinal).Count() != order.Count)
        {
            errors.Add("the document order names a document twice");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The mask's options are wrong: " + string.Join("; ", errors) + ".");
        }
    }
}
