using Tda.Store.Sql;

namespace Tda.Store.Reviews;

/// <summary>Decisions and states as rows: columns, words and values.</summary>
internal static class ReviewRows
{
    /// <summary>What <see cref="DecisionRow"/> is read from; the table is <c>d</c>.</summary>
    public const string Decisions = """
        SELECT d.number, d.act, d.at, d.by_whom, d.kind, d.subject, d.verdict, d.version, d.corpus, d.run, d.exchange, d.reason, d.note,
            d.weight, d.tokens, d.spans, d.adjudicates, d.undoes
        FROM review_decisions d
        """;

    public const string InsertDecision = """
        INSERT INTO review_decisions
            (act, at, by_whom, kind, subject, verdict, version, corpus, run, exchange, reason, note, weight, tokens, spans, adjudicates, undoes)
        VALUES (@Act, @At, @By, @kind, @subject, @verdict, @Version, @Corpus, @Run, @Exchange, @Reason, @Note, @Weight, @tokens, @spans, @Adjudicates, @Undoes)
        RETURNING number
        """;

    /// <summary>What <see cref="StateRow"/> is read from.</summary>
    public const string States = "SELECT kind, subject, status, verdict, reviewers, number, at FROM review_states";

    public const string SaveState = """
        INSERT INTO review_states (kind, subject, status, verdict, reviewers, raters, adjudicated, number, at, place)
        VALUES (@kind, @subject, @status, @verdict, @Reviewers, @raters, @adjudicated, @Number, @At, @place)
        ON CONFLICT (kind, subject) DO UPDATE SET status = excluded.status, verdict = excluded.verdict, reviewers = excluded.reviewers,
            raters = excluded.raters, adjudicated = excluded.adjudicated, number = excluded.number, at = excluded.at, place = excluded.place
        """;

    /// <summary>An enumeration's value as the tables have it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonDefaults.Word(value);

    /// <summary>A decision as every database can hold it, so that what is given back equals what is read later.</summary>
    public static ReviewDecision Storable(ReviewDecision decision) => decision with
    {
        Act = StoredText.Of(decision.Act),
        At = ExchangeTime.Normalise(decision.At),
        By = StoredText.Of(decision.By),
        Subject = Storable(decision.Subject),
        Version = StoredText.Of(decision.Version),
        Corpus = StoredText.Of(decision.Corpus),
        Run = StoredText.Of(decision.Run),
        Exchange = StoredText.Of(decision.Exchange),
        Reason = StoredText.Of(decision.Reason),
        Note = StoredText.Of(decision.Note),
        Undoes = StoredText.Of(decision.Undoes),
    };

    public static ReviewSubject Storable(ReviewSubject subject) => subject with { Id = StoredText.Of(subject.Id) };

    /// <summary>The parameters of <see cref="InsertDecision"/>.</summary>
    public static object Row(ReviewDecision decision) => new
    {
        decision.Act,
        decision.At,
        decision.By,
        kind = Word(decision.Subject.Kind),
        subject = decision.Subject.Id,
        verdict = Word(decision.Verdict),
        decision.Version,
        decision.Corpus,
        decision.Run,
        decision.Exchange,
        decision.Reason,
        decision.Note,
        decision.Weight,
        tokens = StoredText.Json(decision.Tokens),
        spans = StoredText.Json(decision.Spans),
        decision.Adjudicates,
        decision.Undoes,
    };

    /// <summary>The parameters of <see cref="SaveState"/>.</summary>
    /// <param name="history">The subject's decisions, oldest first; at least one.</param>
    /// <param name="place">Where an exchange stands in the log; null for a document.</param>
    public static object Row(IReadOnlyList<ReviewDecision> history, long? place)
    {
        var state = ReviewState.Of(history)!;
        return new
        {
            kind = Word(state.Subject.Kind),
            subject = state.Subject.Id,
            status = Word(state.Status),
            verdict = state.Verdict is { } verdict ? Word(verdict) : null,
            state.Reviewers,
            raters = Ratings(history).Count,
            adjudicated = ReviewState.Counting(history).Any(decision => decision.Adjudicates),
            state.Number,
            state.At,
            place,
        };
    }

    /// <summary>The decisions that would count had nobody adjudicated.</summary>
    public static IReadOnlyList<ReviewDecision> Ratings(IReadOnlyList<ReviewDecision> history) =>
        ReviewState.Counting([.. history.Where(decision => !decision.Adjudicates)]);
}

/// <summary>A row of <c>review_decisions</c>.</summary>
internal sealed class DecisionRow
{
    public long Number { get; init; }

    public string Act { get; init; } = "";

    public DateTimeOffset At { get; init; }

    public string ByWhom { get; init; } = "";

    public ReviewSubjectKind Kind { get; init; }

    public string Subject { get; init; } = "";

    public ReviewVerdict Verdict { get; init; }

    public string Version { get; init; } = "";

    public string? Corpus { get; init; }

    public string? Run { get; init; }

    public string? Exchange { get; init; }

    public string? Reason { get; init; }

    public string? Note { get; init; }

    public double? Weight { get; init; }

    public string? Tokens { get; init; }

    public string? Spans { get; init; }

    public bool Adjudicates { get; init; }

    public string? Undoes { get; init; }

    public ReviewDecision ToDecision() => new()
    {
        Number = Number,
        Act = Act,
        At = At,
        By = ByWhom,
        Subject = new(Kind, Subject),
        Verdict = Verdict,
        Version = Version,
        Corpus = Corpus,
        Run = Run,
        Exchange = Exchange,
        Reason = Reason,
        Note = Note,
        Weight = Weight,
        Tokens = Read<List<int>>(Tokens),
        Spans = Read<List<int[]>>(Spans),
        Adjudicates = Adjudicates,
        Undoes = Undoes,
    };

    private static T? Read<T>(string? json)
        where T : class => json is null ? null : JsonSerializer.Deserialize<T>(json, JsonDefaults.Options);
}

/// <summary>A row of <c>review_states</c>.</summary>
internal sealed class StateRow
{
    public ReviewSubjectKind Kind { get; init; }

    public string Subject { get; init; } = "";

    public ReviewStatus Status { get; init; }

    public ReviewVerdict? Verdict { get; init; }

    public int Reviewers { get; init; }

    public long Number { get; init; }

    public DateTimeOffset At { get; init; }

    public ReviewState ToState() => new()
    {
        Subject = new(Kind, Subject),
        Status = Status,
        Verdict = Verdict,
        Reviewers = Reviewers,
        Number = Number,
        At = At,
    };
}
