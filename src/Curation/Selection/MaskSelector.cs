namespace Tda.Curation.Selection;

/// <summary>
/// IF-Guide's choice of training tokens to suppress (2506.01790):
/// <list type="number">
/// <item>τ = the .99 quantile of all token scores, but at least 0.</item>
/// <item>Rank documents by how many tokens lie above τ and by their sum (<see cref="DocumentRanking"/>).</item>
/// <item>Walk down the ranking; around each token above τ mark a window, until the budget is spent.</item>
/// </list>
/// The result depends on the scores alone: not on the documents' order, and on no random number.
/// </summary>
public static class MaskSelector
{
    /// <exception cref="UsageException">An option is out of range.</exception>
    /// <exception cref="BadInputException">There is no token to choose from.</exception>
    public static MaskResult Select(IReadOnlyList<DocumentTokenScores> documents, MaskOptions options)
    {
        options.Validate();
        var total = documents.Sum(d => (long)d.Tokens.Length);
        if (total == 0)
        {
            throw new BadInputException(
                "token scores", "they hold no label token", remedy: "Make them with tda guide, or tda attribute --tokens.");
        }

        // 1. The threshold. Below 0 are opponents of harm: suppressing one would make harm more likely.
        var tau = Math.Max(Quantile.OfSorting([.. documents.SelectMany(d => d.Scores)], options.Quantile), 0);

        // 2. The ranking.
        var ranking = DocumentRanking.Rank(documents, tau);
        var order = options.DocumentOrder is { } ids
            ? ids.Join(documents, id => id, document => document.Id, (_, document) => document)
            : ranking.Select(r => r.Document);

        // 3. The walk. Whole tokens within the budget, in decimal: .29 × 100 is 28.999… in binary and would lose a token.
        var budget = (long)Math.Floor((decimal)options.Budget * total);
        var walk = new MaskWalk(tau, options.Window, budget);
        foreach (var document in order.TakeWhile(_ => !walk.Spent))
        {
            walk.Visit(document);
        }

        return new MaskResult
        {
            Tau = tau,
            TotalTokens = total,
            BudgetTokens = budget,
            TokensAbove = ranking.Sum(r => (long)r.Above),
            DocumentsAbove = ranking.Count(r => r.Above > 0),
            MaskedAbove = walk.MaskedAbove,
            Documents = walk.Masked,
        };
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
    /// Document ids, best first, to walk in place of the harmonic-mean ranking (for example by document score, which is
    /// the better choice where token scores are noisy). Documents not named are not masked; those without token scores are
    /// passed over.
    /// </summary>
    public IReadOnlyList<string>? DocumentOrder { get; init; }

    /// <summary>The rule in words, as the ledger states it.</summary>
    public string Rule => string.Create(
        CultureInfo.InvariantCulture,
        $"mask: IF-Guide, quantile {Quantile}, window {Window}, budget {Budget}, ")
        + (DocumentOrder is null ? "harmonic-mean ranking" : "given document ranking");

    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate() => new OptionChecks()
        .Between("quantile", Quantile, 0, 1)
        .AtLeast("window", Window, 0)
        .Require(Budget is >= 0 and <= 1, "budget", Budget, "a share of all label tokens, between 0 and 1")
        .Throw("The mask's");
}
