namespace Tda.Scoring.Indexing;

/// <summary>What indexing made.</summary>
/// <param name="Directory">The index.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Rows">Rows (sequences) in it.</param>
/// <param name="Tokens">Label tokens of those rows.</param>
/// <param name="Excluded">Documents set apart, named in <c>excluded.jsonl</c>.</param>
/// <param name="Resumed">Whether unfinished work was continued.</param>
/// <param name="Notes">What the user should know: ranks that were cut, documents set apart.</param>
public sealed record IndexResult(
    string Directory, int Documents, long Rows, long Tokens, int Excluded, bool Resumed, IReadOnlyList<string> Notes);
