namespace Tda.Core.Scores;

/// <summary>One line of a run's <c>queries.jsonl</c>: a query or set, and how far its explanation can be trusted.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Prompt">The prompt; empty for a set.</param>
/// <param name="Completion">The completion; a description of a set.</param>
public sealed record ExplainedQuery(string Id, string Prompt, string Completion)
{
    /// <summary>The query's label.</summary>
    public string? Label { get; init; }

    /// <summary>The query's chat.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

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
    public static ExplainedQuery Of(Query query) => new(query.Id, query.Prompt, query.Completion) { Label = query.Label, Messages = query.Messages, Span = query.Span };

    /// <summary>The query alone.</summary>
    public Query ToQuery() => new(Id, Prompt, Completion) { Label = Label, Messages = Messages, Span = Span };
}

/// <summary>
/// How well the surrogate predicts the closed model's answer: what an attribution to it is worth. Over the tokens that carry loss, given
/// their prompts; of a set of queries, over the tokens of all.
/// </summary>
/// <param name="Tokens">Tokens measured.</param>
/// <param name="NatsPerToken">Loss under the surrogate.</param>
/// <param name="UnigramNatsPerToken">Loss of predicting every token by its frequency in the corpus (one added to each count).</param>
/// <param name="UntrainedNatsPerToken">Loss under the same architecture with random weights.</param>
/// <param name="Top1Agreement">Share of the tokens that the surrogate holds likeliest.</param>
public sealed record AnswerFidelity(
    long Tokens, double NatsPerToken, double UnigramNatsPerToken, double UntrainedNatsPerToken, double Top1Agreement)
{
    /// <summary>
    /// 1 − surrogate's loss / unigram's: 1 when the surrogate knew the answer, 0 when it is no better than word frequencies, negative
    /// when it is worse.
    /// </summary>
    public double Fidelity => 1 - NatsPerToken / UnigramNatsPerToken;

    /// <summary>Mean loss of the answers held out when the surrogate was distilled; null when none were.</summary>
    public double? HeldOutNatsPerToken { get; init; }

    /// <summary>Share of those answers that the surrogate predicts worse than this one; null when their losses weren't kept.</summary>
    public double? HeldOutRank { get; init; }
}

/// <summary>How few documents hold the positive influence. Influence is heavy-tailed: a handful may hold half, or thousands.</summary>
/// <param name="Positive">Sum of the positive scores.</param>
/// <param name="Proponents">Documents with a positive score.</param>
/// <param name="Top1">Share of the strongest document.</param>
/// <param name="Top10">Share of the ten strongest.</param>
/// <param name="Top100">Share of the hundred strongest.</param>
/// <param name="TailSlope">
/// α of the power law <c>P(score &gt; x) ∝ x^−α</c> of the tail's scores: below 1 a few documents hold nearly everything, above 2 none
/// stands out. Null with too few proponents.
/// </param>
public sealed record Concentration(double Positive, int Proponents, double Top1, double Top10, double Top100, double? TailSlope = null);

/// <summary>One line of <c>members.jsonl</c>: a query that a row of the scores stands for. A set has many.</summary>
/// <param name="Target">Id of the row.</param>
/// <param name="Query">The query.</param>
public sealed record TargetMember(string Target, Query Query);
