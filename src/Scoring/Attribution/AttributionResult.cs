using Tda.Core.Scores;

namespace Tda.Scoring.Attribution;

/// <summary>What a scoring run found.</summary>
/// <param name="Directory">The run.</param>
/// <param name="Method">The method used.</param>
/// <param name="N">Rows of the corpus: removing a document changes the loss by about its score / N nats.</param>
/// <param name="Documents">Documents scored.</param>
/// <param name="Excluded">Documents and queries set apart, named in <c>excluded.jsonl</c>.</param>
/// <param name="Top">The ranking, as in <c>top.jsonl</c>.</param>
public sealed record AttributionResult(
    string Directory, string Method, long N, int Documents, int Excluded, IReadOnlyList<DocumentScore> Top);
