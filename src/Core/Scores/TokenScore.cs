namespace Tda.Core.Scores;

/// <summary>A training token's score: one line of <c>tokens.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Token">Label-token index: the token's position in BOS + tokens + EOS, so at least 1.</param>
/// <param name="Start">First UTF-16 character in the document's text.</param>
/// <param name="End">One past the last; equal to <paramref name="Start"/> for EOS.</param>
/// <param name="Score">Influence in nats × N, signed; positive = proponent.</param>
public sealed record TokenScore(string Id, int Token, int Start, int End, double Score)
{
    /// <summary>Id of the query that was explained; null for an aggregate of all.</summary>
    public string? Query { get; init; }
}
