namespace Tda.Scoring.Indexing;

/// <summary>A document or query that could not be scored, as a line of <c>excluded.jsonl</c>: named, never a silent zero.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Stage">Where it was noticed: <c>factors</c>, <c>index</c>, <c>scores</c>, <c>tokens</c> or <c>query</c>.</param>
/// <param name="Reason">Why.</param>
public sealed record ExcludedDocument(string Id, string Stage, string Reason)
{
    /// <summary>The usual reason.</summary>
    public const string NotFinite = "its gradient is not finite";
}
