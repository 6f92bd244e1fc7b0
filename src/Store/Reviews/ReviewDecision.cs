namespace Tda.Store.Reviews;

/// <summary>
/// What a reviewer decided on an exchange or a document. Decisions are only ever added: one is taken back by another that says so
/// (<see cref="ReviewVerdict.Undo"/>), so that the history is whole.
/// </summary>
public sealed record ReviewDecision
{
    /// <summary>Characters of a note at most.</summary>
    public const int MaxNote = 10_000;

    /// <summary>Its place in the history, given by the store; counts up over all subjects.</summary>
    public long Number { get; init; }

    /// <summary>
    /// The act that it is part of: what one click decided on an exchange and its documents together. Chosen by the form, so that a form that is sent
    /// twice decides once.
    /// </summary>
    public required string Act { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who: the reviewer's name.</summary>
    public required string By { get; init; }

    /// <summary>What it is about.</summary>
    public required ReviewSubject Subject { get; init; }

    /// <summary>What was decided.</summary>
    public required ReviewVerdict Verdict { get; init; }

    /// <summary>
    /// What it was decided on: of an exchange the SHA-256 of its response, of a document the content hash of the corpus in which it was
    /// seen. A document's id is the hash of its text already.
    /// </summary>
    public required string Version { get; init; }

    /// <summary>The corpus of a document; null for an exchange.</summary>
    public string? Corpus { get; init; }

    /// <summary>The run that was looked at, if any.</summary>
    public string? Run { get; init; }

    /// <summary>The exchange that a document was decided on for, if any.</summary>
    public string? Exchange { get; init; }

    /// <summary>A word for why, such as <c>spam</c>; see <see cref="ReviewReasons"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>Free text, at most <see cref="MaxNote"/> characters.</summary>
    public string? Note { get; init; }

    /// <summary>Factor on the loss, 0 or more, for <see cref="ReviewVerdict.Weight"/>.</summary>
    public double? Weight { get; init; }

    /// <summary>Label tokens for <see cref="ReviewVerdict.Mask"/>, as in mask.jsonl.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>Characters [start, end) for <see cref="ReviewVerdict.Mask"/>, as in mask.jsonl.</summary>
    public IReadOnlyList<int[]>? Spans { get; init; }

    /// <summary>Whether an adjudicator decided it over reviewers who disagreed: it stands above theirs.</summary>
    public bool Adjudicates { get; init; }

    /// <summary>The act that is taken back, for <see cref="ReviewVerdict.Undo"/>.</summary>
    public string? Undoes { get; init; }

    /// <summary>Everything that is wrong with it; empty when it can be stored.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        Check(Act is { Length: >= 8 and <= 64 }, "the act must have 8 to 64 characters");
        Check(By is { Length: >= 1 and <= 100 }, "the reviewer's name must have 1 to 100 characters");
        Check(Subject.Id is { Length: >= 1 and <= 200 }, "the subject's id must have 1 to 200 characters");
        Check(Note is null or { Length: <= MaxNote }, $"the note must have at most {MaxNote} characters");
        Check(Reason is null or { Length: >= 1 and <= 64 }, "the reason must have 1 to 64 characters");
        Check(Verdict == ReviewVerdict.Weight ? Weight is >= 0 and < double.PositiveInfinity : Weight is null, "down-weighting, and nothing else, needs a weight of 0 or more");
        Check(
            Subject.Kind == ReviewSubjectKind.Document && Verdict == ReviewVerdict.Mask ? Tokens is { Count: > 0 } && Spans is { Count: > 0 } : Tokens is null && Spans is null,
            "masking a document, and nothing else, needs tokens and spans");
        Check((Verdict == ReviewVerdict.Undo) == (Undoes is not null), "undoing, and nothing else, names an act");
        return errors;

        void Check(bool holds, string error)
        {
            if (!holds)
            {
                errors.Add(error);
            }
        }
    }
}

/// <summary>What can be decided.</summary>
public enum ReviewVerdict
{
    /// <summary>Leave it as it is, whatever a rule says.</summary>
    Keep,

    /// <summary>Leave it out of the curated corpus.</summary>
    Drop,

    /// <summary>Suppress some of its tokens in training.</summary>
    Mask,

    /// <summary>Give it less weight in training.</summary>
    Weight,

    /// <summary>Somebody else must look; the rules stand for now.</summary>
    Escalate,

    /// <summary>Take back an act.</summary>
    Undo,
}

/// <summary>What a decision is about.</summary>
/// <param name="Kind">An exchange or a document.</param>
/// <param name="Id">Its id.</param>
public readonly record struct ReviewSubject(ReviewSubjectKind Kind, string Id)
{
    public static ReviewSubject Exchange(string id) => new(ReviewSubjectKind.Exchange, id);

    public static ReviewSubject Document(string id) => new(ReviewSubjectKind.Document, id);
}

/// <summary>What decisions can be about.</summary>
public enum ReviewSubjectKind
{
    Exchange,
    Document,
}

/// <summary>The words for why, one list for pages, API and documentation.</summary>
public static class ReviewReasons
{
    /// <summary>Code and what it means.</summary>
    public static IReadOnlyList<(string Code, string Meaning)> All { get; } =
    [
        ("harmful", "teaches or causes harm"),
        ("spam", "advertising, fraud or noise"),
        ("personal_data", "holds personal data"),
        ("copyright", "may not be used"),
        ("wrong", "says what is false"),
        ("duplicate", "repeats another document"),
        ("off_topic", "isn't what the corpus is for"),
        ("harmless", "fine as it is"),
        ("other", "see the note"),
    ];
}
