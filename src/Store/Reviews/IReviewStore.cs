namespace Tda.Store.Reviews;

/// <summary>Reviewers' decisions and locks, beside the log of exchanges. Safe for concurrent use; decisions are added and never changed.</summary>
/// <remarks>Every member throws <see cref="TdaException"/> where the store can't be reached; the message says why.</remarks>
public interface IReviewStore : IAsyncDisposable
{
    /// <summary>
    /// Adds the decisions of one act in one transaction. Where the act is there already (a form that was sent twice), nothing is added and what it
    /// decided then is returned.
    /// </summary>
    /// <param name="decisions">At least one; all of one act and one reviewer.</param>
    /// <param name="expected">
    /// The newest decision's <see cref="ReviewState.Number"/> that the reviewer saw of each subject, 0 for none: where another has been added since,
    /// nothing is stored. Subjects that it leaves out aren't checked.
    /// </param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The decisions with their numbers.</returns>
    /// <exception cref="ReviewConflictException">A subject was decided on since it was read.</exception>
    /// <exception cref="ArgumentException">
    /// A decision has <see cref="ReviewDecision.Errors"/> or takes an act back, two are on one subject, or they are of several acts or reviewers.
    /// </exception>
    Task<IReadOnlyList<ReviewDecision>> DecideAsync(
        IReadOnlyList<ReviewDecision> decisions, IReadOnlyDictionary<ReviewSubject, long>? expected = null, CancellationToken cancellationToken = default);

    /// <summary>Takes an act back: adds an undoing decision for each of its subjects. Once; again it adds nothing and returns what undid it.</summary>
    /// <param name="act">The act to take back.</param>
    /// <param name="by">Who takes it back.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The undoing decisions; empty where there is no such act, or it takes back another itself.</returns>
    Task<IReadOnlyList<ReviewDecision>> UndoAsync(string act, string by, DateTimeOffset at, CancellationToken cancellationToken = default);

    /// <summary>The decisions of an act, by number; empty where there is none.</summary>
    Task<IReadOnlyList<ReviewDecision>> ActAsync(string act, CancellationToken cancellationToken = default);

    /// <summary>All decisions on a subject, oldest first.</summary>
    Task<IReadOnlyList<ReviewDecision>> HistoryAsync(ReviewSubject subject, CancellationToken cancellationToken = default);

    /// <summary>Where subjects stand; those without a decision are absent.</summary>
    Task<IReadOnlyDictionary<string, ReviewState>> StatesAsync(ReviewSubjectKind kind, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default);

    /// <summary>Up to <paramref name="limit"/> subjects of a kind and status, the least lately decided first, after a state's number.</summary>
    Task<IReadOnlyList<ReviewState>> WithStatusAsync(
        ReviewSubjectKind kind, ReviewStatus status, long after = 0, int limit = 50, CancellationToken cancellationToken = default);

    /// <summary>Up to <paramref name="limit"/> decisions, newest first, before a number when one is given; of one reviewer when one is named.</summary>
    Task<IReadOnlyList<ReviewDecision>> NewestAsync(
        string? by = null, long? before = null, int limit = 50, CancellationToken cancellationToken = default);

    /// <summary>Every decision by number, after a number, in blocks: the whole history, as it is exported.</summary>
    IAsyncEnumerable<ReviewDecision> ReadAsync(long after = 0, CancellationToken cancellationToken = default);

    /// <summary>
    /// The document decisions that curation obeys: of each document that is decided, the newest of those that count; of one that is escalated, the
    /// newest escalation; disagreed ones as <see cref="ReviewVerdict.Escalate"/>, by the reviewers who disagree. By document id.
    /// </summary>
    Task<IReadOnlyList<ReviewDecision>> StandingAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes or prolongs the lock on a subject, unless another holds it: then that one's lock comes back. A lock whose time is over is nobody's.
    /// </summary>
    Task<ReviewLock> LockAsync(ReviewSubject subject, string owner, DateTimeOffset now, TimeSpan duration, CancellationToken cancellationToken = default);

    /// <summary>Gives a lock back; nothing where the owner doesn't hold it.</summary>
    Task ReleaseAsync(ReviewSubject subject, string owner, CancellationToken cancellationToken = default);

    /// <summary>The locks in force on subjects of a kind, by id.</summary>
    Task<IReadOnlyDictionary<string, ReviewLock>> LocksAsync(
        ReviewSubjectKind kind, IReadOnlyCollection<string> ids, DateTimeOffset now, CancellationToken cancellationToken = default);

    /// <summary>How many decisions there are of each verdict by each reviewer, undone ones left out; and how many subjects have each status.</summary>
    Task<ReviewTotals> TotalsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// The verdicts that count on the newest <paramref name="most"/> subjects that two reviewers or more decided on: what agreement is measured by.
    /// Adjudications are left out, as if there had been none: else only subjects that nobody had to settle would be measured.
    /// </summary>
    Task<IReadOnlyList<RatedSubject>> RatedAsync(int most = 10_000, CancellationToken cancellationToken = default);
}

/// <summary>A subject that somebody is looking at.</summary>
/// <param name="Subject">What.</param>
/// <param name="Owner">The reviewer.</param>
/// <param name="Until">When it ends by itself.</param>
public sealed record ReviewLock(ReviewSubject Subject, string Owner, DateTimeOffset Until);

/// <summary>Decisions counted.</summary>
/// <param name="ByReviewer">Decisions of each verdict by each reviewer.</param>
/// <param name="ByStatus">Subjects of each kind and status.</param>
public sealed record ReviewTotals(
    IReadOnlyList<(string Reviewer, ReviewVerdict Verdict, long Decisions)> ByReviewer,
    IReadOnlyDictionary<(ReviewSubjectKind Kind, ReviewStatus Status), long> ByStatus);

/// <summary>What several reviewers said of one subject.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Verdicts">Reviewer and verdict, each reviewer once.</param>
public sealed record RatedSubject(ReviewSubject Subject, IReadOnlyList<(string Reviewer, ReviewVerdict Verdict)> Verdicts);

/// <summary>A subject was decided on since a reviewer read it.</summary>
/// <param name="newer">The decisions that they haven't seen, oldest first.</param>
public sealed class ReviewConflictException(IReadOnlyList<ReviewDecision> newer)
    : TdaException($"{newer[^1].By} decided on {newer[^1].Subject.Id} meanwhile")
{
    /// <summary>The decisions that they haven't seen, oldest first.</summary>
    public IReadOnlyList<ReviewDecision> Newer { get; } = newer;
}
