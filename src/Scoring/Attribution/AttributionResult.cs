using Tda.Core.Scores;
using Tda.Scoring.Methods;

namespace Tda.Scoring.Attribution;

/// <summary>What a scoring run found.</summary>
/// <param name="Directory">The run.</param>
/// <param name="Method">The method used.</param>
/// <param name="N">Rows of the corpus: removing a document changes the loss by about its score / N nats.</param>
/// <param name="Documents">Documents scored.</param>
/// <param name="Excluded">Documents and queries set apart, named in <c>excluded.jsonl</c>.</param>
/// <param name="Top">The ranking, as in <c>top.jsonl</c>.</param>
public sealed record AttributionResult(
    string Directory, string Method, long N, int Documents, int Excluded, IReadOnlyList<DocumentScore> Top)
{
    /// <summary>The queries and sets, as in <c>queries.jsonl</c>: what was explained, then what was abstained from.</summary>
    public IReadOnlyList<ExplainedQuery> Queries { get; init; } = [];

    /// <summary>How many the program abstained from: the surrogate doesn't predict these answers.</summary>
    public int Abstained => Queries.Count(q => q.Abstained == true);

    /// <summary>Models whose scores were averaged.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Documents that the prefilter left out.</summary>
    public int LeftOut { get; init; }

    /// <summary>Of a cascade what each stage did, and its recall: a list a member of the ensemble; else empty.</summary>
    public IReadOnlyList<IReadOnlyList<CascadeStage>> Stages { get; init; } = [];

    /// <summary>Whether score / N is a change of loss in nats.</summary>
    public bool HasUnit { get; init; } = true;
}
