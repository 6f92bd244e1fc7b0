using System.Data.Common;
using Tda.Store.Sql;

namespace Tda.Store.Reviews;

/// <summary>
/// Decisions in a SQL database. Every value is a parameter. What a subject's decisions come to is written with each of them, in the same
/// transaction; reading and locks are in files of their own.
/// </summary>
internal sealed partial class SqlReviewStore(ISqlDialect dialect) : IReviewStore
{
    private readonly SqlAccess _access = new(dialect, keptWriter: null, "the reviews in");

    private const string ByAct = ReviewRows.Decisions + " WHERE d.act = @act ORDER BY d.number";
    private const string ByUndone = ReviewRows.Decisions + " WHERE d.undoes = @act ORDER BY d.number";
    internal const string BySubject = ReviewRows.Decisions + " WHERE d.kind = @kind AND d.subject = @subject AND d.number > @after ORDER BY d.number";
    private const string PlaceOfExchange = "SELECT place FROM exchanges WHERE id = @subject";

    /// <summary>The connections, for tests that look at plans.</summary>
    internal SqlAccess Access => _access;

    public Task<IReadOnlyList<ReviewDecision>> DecideAsync(
        IReadOnlyList<ReviewDecision> decisions, IReadOnlyDictionary<ReviewSubject, long>? expected = null, CancellationToken cancellationToken = default)
    {
        Check(decisions);
        var stored = decisions.Select(ReviewRows.Storable).ToList();
        return WriteAsync(
            async transaction =>
            {
                // 1. The same act again: what it decided.
                var made = await ListAsync(transaction, ByAct, new { act = stored[0].Act }, cancellationToken);
                if (made.Count > 0)
                {
                    return made;
                }

                // 2. What somebody else decided meanwhile.
                await CheckAsync(transaction, expected ?? new Dictionary<ReviewSubject, long>(), cancellationToken);

                // 3. The decisions, and what their subjects come to.
                return await AddAsync(transaction, stored, cancellationToken);
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<ReviewDecision>> UndoAsync(string act, string by, DateTimeOffset at, CancellationToken cancellationToken = default) => WriteAsync(
        async transaction =>
        {
            act = StoredText.Of(act);
            var undone = await ListAsync(transaction, ByUndone, new { act }, cancellationToken);
            if (undone.Count > 0)
            {
                return undone;
            }

            var undoing = Guid.CreateVersion7(at).ToString("N");
            var made = await ListAsync(transaction, ByAct, new { act }, cancellationToken);
            var decisions = made.Where(decision => decision.Verdict != ReviewVerdict.Undo).Select(decision => new ReviewDecision
            {
                Act = undoing,
                At = at,
                By = by,
                Subject = decision.Subject,
                Verdict = ReviewVerdict.Undo,
                Version = decision.Version,
                Corpus = decision.Corpus,
                Run = decision.Run,
                Exchange = decision.Exchange,
                Undoes = act,
            });
            return await AddAsync(transaction, [.. decisions.Select(ReviewRows.Storable)], cancellationToken);
        },
        cancellationToken);

    public ValueTask DisposeAsync() => _access.DisposeAsync();

    private static void Check(IReadOnlyList<ReviewDecision> decisions)
    {
        ArgumentNullException.ThrowIfNull(decisions);
        var errors = decisions.SelectMany(decision => decision.Errors()).Distinct().ToList();
        Add(decisions.Count == 0, "there is nothing to decide");
        Add(decisions.DistinctBy(decision => (decision.Act, decision.By)).Count() > 1, "the decisions are of several acts or reviewers");
        Add(decisions.DistinctBy(decision => decision.Subject).Count() < decisions.Count, "an act decides once on a subject");
        Add(decisions.Any(decision => decision.Verdict == ReviewVerdict.Undo), "an act is taken back by its name");
        if (errors.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", errors), nameof(decisions));
        }

        void Add(bool wrong, string error)
        {
            if (wrong)
            {
                errors.Add(error);
            }
        }
    }

    private static async Task CheckAsync(
        DbTransaction transaction, IReadOnlyDictionary<ReviewSubject, long> expected, CancellationToken cancellationToken)
    {
        var newer = new List<ReviewDecision>();
        foreach (var (subject, after) in expected)
        {
            newer.AddRange(await HistoryAsync(transaction, ReviewRows.Storable(subject), after, cancellationToken));
        }

        if (newer.Count > 0)
        {
            throw new ReviewConflictException([.. newer.OrderBy(decision => decision.Number)]);
        }
    }

    private static async Task<IReadOnlyList<ReviewDecision>> AddAsync(
        DbTransaction transaction, List<ReviewDecision> decisions, CancellationToken cancellationToken)
    {
        var added = new List<ReviewDecision>();
        foreach (var decision in decisions)
        {
            var number = await transaction.ValueAsync<long>(ReviewRows.InsertDecision, ReviewRows.Row(decision), cancellationToken);
            added.Add(decision with { Number = number });

            var history = await HistoryAsync(transaction, decision.Subject, after: 0, cancellationToken);
            var place = decision.Subject.Kind == ReviewSubjectKind.Exchange
                ? await transaction.ValueAsync<long?>(PlaceOfExchange, new { subject = decision.Subject.Id }, cancellationToken)
                : null;
            await transaction.RunAsync(ReviewRows.SaveState, ReviewRows.Row(history, place), cancellationToken);
        }

        return added;
    }

    private static Task<IReadOnlyList<ReviewDecision>> HistoryAsync(
        DbTransaction transaction, ReviewSubject subject, long after, CancellationToken cancellationToken) =>
        ListAsync(transaction, BySubject, new { kind = ReviewRows.Word(subject.Kind), subject = subject.Id, after }, cancellationToken);

    private static async Task<IReadOnlyList<ReviewDecision>> ListAsync(
        DbTransaction transaction, string sql, object parameters, CancellationToken cancellationToken) =>
        (await transaction.ListAsync<DecisionRow>(sql, parameters, cancellationToken)).ConvertAll(row => row.ToDecision());

    private Task<T> WriteAsync<T>(Func<DbTransaction, Task<T>> write, CancellationToken cancellationToken) => _access.WriteAsync(
        async transaction =>
        {
            await _access.Dialect.TakeTurnAsync(transaction, SqlTurn.Review, cancellationToken);
            return await write(transaction);
        },
        cancellationToken);
}
