using Tda.Core.Masks;

namespace Tda.Curation.Selection;

/// <summary>A token mask and how it came about.</summary>
public sealed record MaskResult
{
    /// <summary>The score above which a token is masked, in nats × N; null in a random control.</summary>
    public required double? Tau { get; init; }

    /// <summary>Label tokens in all documents.</summary>
    public required long TotalTokens { get; init; }

    /// <summary>Label tokens that the budget allows.</summary>
    public required long BudgetTokens { get; init; }

    /// <summary>Label tokens with a score above τ, masked or not.</summary>
    public required long TokensAbove { get; init; }

    /// <summary>Documents with at least one token above τ, masked or not.</summary>
    public required int DocumentsAbove { get; init; }

    /// <summary>Masked label tokens that are themselves above τ; the rest are masked as neighbours.</summary>
    public required long MaskedAbove { get; init; }

    /// <summary>Masked documents in the order of the walk.</summary>
    public required IReadOnlyList<MaskedDocument> Documents { get; init; }

    /// <summary>Masked label tokens.</summary>
    public long MaskedTokens => Documents.Sum(d => (long)d.Tokens.Length);

    /// <summary>Masked share of all label tokens; at most the budget.</summary>
    public double MaskedShare => TotalTokens == 0 ? 0 : (double)MaskedTokens / TotalTokens;

    /// <summary>The lines of mask.jsonl.</summary>
    public IEnumerable<DocumentMask> ToDocumentMasks() => Documents.Select(d => new DocumentMask(d.Id, d.Tokens, d.Spans));
}

/// <summary>The tokens of one document that a mask suppresses.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Source of the document.</param>
/// <param name="Tokens">Label tokens, ascending.</param>
/// <param name="Spans">Their characters [start, end), joined.</param>
public sealed record MaskedDocument(string Id, string Source, int[] Tokens, int[][] Spans)
{
    internal static MaskedDocument Of(DocumentTokenScores document, IEnumerable<int> places)
    {
        int[] sorted = [.. places.Order()];
        return new MaskedDocument(
            document.Id, document.Source, [.. sorted.Select(place => document.Tokens[place])],
            CharacterSpan.Union(sorted.Select(place => document.Spans[place])));
    }
}
