namespace Tda.Curation.Documents;

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
