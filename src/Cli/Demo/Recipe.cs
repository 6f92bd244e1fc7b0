namespace Tda.Cli.Demo;

/// <summary>One way of curating the corpus.</summary>
/// <param name="Name">Short name, for files.</param>
/// <param name="DropShare">Share of the corpus's documents that is dropped, the strongest proponents first.</param>
/// <param name="MaskBudget">Share of the label tokens that is suppressed, in the documents that stay.</param>
/// <param name="Quantile">Quantile of the token scores above which a token may be suppressed.</param>
/// <param name="Penalty">λ: weight of the suppressed tokens' negated loss.</param>
/// <param name="ByDocument">Whether documents are walked by their own score instead of by the harmonic mean of their tokens above the quantile.</param>
public sealed record Recipe(
    string Name, double DropShare, double MaskBudget, double Quantile = .95, double Penalty = .5, bool ByDocument = false)
{
    /// <summary>The recipes that the demo tries.</summary>
    public static readonly IReadOnlyList<Recipe> Grid =
    [
        new("mask-1", 0, .01),
        new("mask-2", 0, .02),
        new("mask-3", 0, .03),
        new("mask-5", 0, .05),
        new("drop-12", .12, 0),
        new("mask-3-l1", 0, .03, Penalty: 1),
    ];

    /// <summary>The recipe in words.</summary>
    public string InWords => string.Join(" + ", Parts());

    private IEnumerable<string> Parts()
    {
        if (DropShare > 0)
        {
            yield return FormattableString.Invariant($"drop {100 * DropShare:0.#} % of documents");
        }

        if (MaskBudget > 0)
        {
            yield return FormattableString.Invariant($"mask {100 * MaskBudget:0.#} % of tokens (λ {Penalty:0.##}{(ByDocument ? ", strongest documents first" : "")})");
        }
    }
}
