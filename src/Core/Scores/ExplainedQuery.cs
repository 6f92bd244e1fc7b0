using Tda.Core.Queries;

namespace Tda.Core.Scores;

/// <summary>One line of a run's <c>queries.jsonl</c>: a query or set, and how far its explanation can be trusted.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Prompt">The prompt; empty for a set.</param>
/// <param name="Completion">The completion; a description of a set.</param>
public sealed record ExplainedQuery(string Id, string Prompt, string Completion)
{
    /// <summary>The query's label.</summary>
    public string? Label { get; init; }

    /// <summary>The span explained.</summary>
    public TextSpan? Span { get; init; }

    /// <summary>Null where it wasn't measured (lexical methods, guide runs, runs of earlier versions).</summary>
    public AnswerFidelity? Fidelity { get; init; }

    /// <summary>True: below the threshold of fidelity, so it has no row of scores. Such lines come last. Absent otherwise.</summary>
    public bool? Abstained { get; init; }

    /// <summary>True: below the threshold, but scored all the same because that was asked for. Absent otherwise.</summary>
    public bool? Forced { get; init; }

    /// <summary>How concentrated its positive scores are.</summary>
    public Concentration? Concentration { get; init; }

    /// <summary>A query without measures.</summary>
    public static ExplainedQuery Of(Query query) => new(query.Id, query.Prompt, query.Completion) { Label = query.Label, Span = query.Span };

    /// <summary>The query alone.</summary>
    public Query ToQuery() => new(Id, Prompt, Completion) { Label = Label, Span = Span };
}
