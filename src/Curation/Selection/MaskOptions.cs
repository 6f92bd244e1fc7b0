namespace Tda.Curation.Selection;

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
