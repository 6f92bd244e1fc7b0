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
