namespace Tda.Store.Reviews;

/// <summary>
/// Where a subject stands: what its decisions come to. Each reviewer's newest decision that wasn't taken back counts; an adjudication stands
/// above all that came before it.
/// </summary>
public sealed record ReviewState
{
    /// <summary>What it is about.</summary>
    public required ReviewSubject Subject { get; init; }

    /// <summary>Whether it is settled.</summary>
    public required ReviewStatus Status { get; init; }

    /// <summary>What stands; null while reviewers disagree, or where everything was taken back.</summary>
    public ReviewVerdict? Verdict { get; init; }

    /// <summary>Reviewers whose decisions count.</summary>
    public required int Reviewers { get; init; }

    /// <summary>The newest decision's number, undoing included: the version of this state.</summary>
    public required long Number { get; init; }

    /// <summary>When the newest decision was made.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What a subject's decisions come to; null where there is none.</summary>
    /// <param name="history">All its decisions, oldest first.</param>
    public static ReviewState? Of(IReadOnlyList<ReviewDecision> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        if (history.Count == 0)
        {
            return null;
        }

        var counting = Counting(history);
        var verdicts = counting.Select(decision => decision.Verdict).Distinct().ToArray();
        return new()
        {
            Subject = history[^1].Subject,
            Number = history[^1].Number,
            At = history[^1].At,
            Reviewers = counting.Count,
            Verdict = verdicts.Length == 1 ? verdicts[0] : null,
            Status = verdicts switch
            {
                [] => ReviewStatus.Open,
                _ when verdicts.Contains(ReviewVerdict.Escalate) => ReviewStatus.Escalated,
                [_] => ReviewStatus.Decided,
                _ => ReviewStatus.Disagreed,
            },
        };
    }

    /// <summary>The decisions that count, oldest first: each reviewer's newest that wasn't taken back, from the last adjudication on.</summary>
    /// <param name="history">A subject's decisions, oldest first.</param>
    public static IReadOnlyList<ReviewDecision> Counting(IReadOnlyList<ReviewDecision> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        HashSet<string> undone = [.. history.Where(decision => decision.Undoes is not null).Select(decision => decision.Undoes!)];
        List<ReviewDecision> made = [.. history.Where(decision => decision.Verdict != ReviewVerdict.Undo && !undone.Contains(decision.Act))];
        var from = made.FindLastIndex(decision => decision.Adjudicates);
        return
        [
            .. made.Skip(Math.Max(0, from))
                .GroupBy(decision => decision.By, StringComparer.Ordinal).Select(own => own.Last())
                .OrderBy(decision => decision.Number),
        ];
    }
}

/// <summary>Whether a subject is settled.</summary>
public enum ReviewStatus
{
    /// <summary>Nobody has decided, or all was taken back.</summary>
    Open,

    /// <summary>Everyone who decided says the same.</summary>
    Decided,

    /// <summary>Reviewers decided differently; an adjudicator is needed.</summary>
    Disagreed,

    /// <summary>A reviewer wants somebody else to look.</summary>
    Escalated,
}

/// <summary>Which exchanges, by where their review stands; part of <see cref="ExchangeFilter"/>.</summary>
public sealed record ReviewCondition
{
    /// <summary>Their status; <see cref="ReviewStatus.Open"/> takes those on which nobody has ever decided too.</summary>
    public ReviewStatus? Status { get; init; }

    /// <summary>
    /// Those that wait for this reviewer: fewer than <see cref="ReviewersNeeded"/> have decided, this one isn't among them, nobody escalated and no
    /// adjudicator settled it.
    /// </summary>
    public string? WaitingFor { get; init; }

    /// <summary>Reviewers that each exchange needs, for <see cref="WaitingFor"/>; at least 1.</summary>
    public int ReviewersNeeded { get; init; } = 1;
}
