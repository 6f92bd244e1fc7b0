using Tda.Core.Masks;

namespace Tda.Curation.Selection;

/// <summary>The tokens of one document that a mask suppresses.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Source of the document.</param>
/// <param name="Rank">Place in the walk, from 1; 0 in a random control.</param>
/// <param name="Tokens">Label tokens, ascending.</param>
/// <param name="Spans">Their characters [start, end), joined; empty where the scores carry no spans.</param>
public sealed record MaskedDocument(string Id, string Source, int Rank, int[] Tokens, int[][] Spans)
{
    /// <summary>The line of mask.jsonl.</summary>
    public DocumentMask ToDocumentMask() => new(Id, Tokens, Spans);

    internal static MaskedDocument Of(DocumentTokenScores document, int rank, IEnumerable<int> places)
    {
        var sorted = places.Order().ToArray();
        var tokens = Array.ConvertAll(sorted, place => document.Tokens[place]);
        var spans = document.Spans is { } all ? CharacterSpan.Union(sorted.Select(place => all[place])) : [];
        return new MaskedDocument(document.Id, document.Source, rank, tokens, spans);
    }
}
