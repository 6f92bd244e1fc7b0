using System.Runtime.CompilerServices;
using Tda.Store.Sql;

namespace Tda.Store.Reviews;

/// <content>Reads decisions and what they come to.</content>
internal sealed partial class SqlReviewStore
{
    private const int BlockSize = 1000;

    internal const string Newest = ReviewRows.Decisions + " WHERE d.number < @before ORDER BY d.number DESC LIMIT @limit";
    internal const string NewestBy = ReviewRows.Decisions + " WHERE d.by_whom = @by AND d.number < @before ORDER BY d.number DESC LIMIT @limit";
    internal const string Block = ReviewRows.Decisions + " WHERE d.number > @after ORDER BY d.number LIMIT @limit";
    internal const string WithStatus =
        ReviewRows.States + " WHERE kind = @kind AND status = @status AND number > @after ORDER BY number LIMIT @limit";

    private const string OnSettledDocuments = ReviewRows.Decisions + """
         JOIN review_states s ON s.kind = d.kind AND s.subject = d.subject
        WHERE d.kind = 'document' AND s.status <> 'open' ORDER BY d.subject, d.number
        """;

    private const string OnRated = ReviewRows.Decisions + """
         JOIN (SELECT kind, subject, number FROM review_states WHERE raters > 1 ORDER BY number DESC LIMIT @most) s
            ON s.kind = d.kind AND s.subject = d.subject
        ORDER BY s.number DESC, d.number
        """;

    private const string CountByReviewer = """
        SELECT d.by_whom, d.verdict, COUNT(*) FROM review_decisions d
        WHERE d.undoes IS NULL AND NOT EXISTS (SELECT 1 FROM review_decisions u WHERE u.undoes = d.act) GROUP BY d.by_whom, d.verdict
        """;

    private const string CountByStatus = "SELECT kind, status, COUNT(*) FROM review_states GROUP BY kind, status";

    public Task<IReadOnlyList<ReviewDecision>> ActAsync(string act, CancellationToken cancellationToken = default) =>
        ListAsync(ByAct, new { act = StoredText.Of(act) }, cancellationToken);

    public Task<IReadOnlyList<ReviewDecision>> HistoryAsync(ReviewSubject subject, CancellationToken cancellationToken = default) =>
        ListAsync(BySubject, new { kind = ReviewRows.Word(subject.Kind), subject = StoredText.Of(subject.Id), after = 0L }, cancellationToken);

    public async Task<IReadOnlyDictionary<string, ReviewState>> StatesAsync(
        ReviewSubjectKind kind, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default)
    {
        var (condition, parameters) = Among(kind, ids);
        var rows = await _access.ListAsync<StateRow>($"{ReviewRows.States} WHERE {condition}", parameters, cancellationToken);
        return rows.ToDictionary(row => row.Subject, row => row.ToState());
    }

    public async Task<IReadOnlyList<ReviewState>> WithStatusAsync(
        ReviewSubjectKind kind, ReviewStatus status, long after = 0, int limit = 50, CancellationToken cancellationToken = default)
    {
        var parameters = new { kind = ReviewRows.Word(kind), status = ReviewRows.Word(status), after, limit };
        return (await _access.ListAsync<StateRow>(WithStatus, parameters, cancellationToken)).ConvertAll(row => row.ToState());
    }

    public Task<IReadOnlyList<ReviewDecision>> NewestAsync(
        string? by = null, long? before = null, int limit = 50, CancellationToken cancellationToken = default) =>
        ListAsync(by is null ? Newest : NewestBy, new { by = StoredText.Of(by), before = before ?? long.MaxValue, limit }, cancellationToken);

    public async IAsyncEnumerable<ReviewDecision> ReadAsync(long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var full = true; full;)
        {
            var block = await ListAsync(Block, new { after, limit = BlockSize }, cancellationToken);
            foreach (var decision in block)
            {
                yield return decision;
                after = decision.Number;
            }

            full = block.Count == BlockSize;
        }
    }

    public async Task<IReadOnlyList<ReviewDecision>> StandingAsync(CancellationToken cancellationToken = default) =>
    [
        .. Subjects(await ListAsync(OnSettledDocuments, null, cancellationToken)).Select(Standing)
            .OrderBy(decision => decision.Subject.Id, StringComparer.Ordinal),
    ];

    public async Task<ReviewTotals> TotalsAsync(CancellationToken cancellationToken = default)
    {
        var byReviewer = await _access.ListAsync<(string By, string Verdict, long Count)>(CountByReviewer, null, cancellationToken);
        var byStatus = await _access.ListAsync<(string Kind, string Status, long Count)>(CountByStatus, null, cancellationToken);
        return new(
            [
                .. byReviewer.Select(row => (row.By, Enum.Parse<ReviewVerdict>(row.Verdict, ignoreCase: true), row.Count))
                    .OrderBy(row => row.By, StringComparer.Ordinal).ThenBy(row => row.Item2),
            ],
            byStatus.ToDictionary(
                row => (Enum.Parse<ReviewSubjectKind>(row.Kind, ignoreCase: true), Enum.Parse<ReviewStatus>(row.Status, ignoreCase: true)),
                row => row.Count));
    }

    public async Task<IReadOnlyList<RatedSubject>> RatedAsync(int most = 10_000, CancellationToken cancellationToken = default) =>
    [
        .. Subjects(await ListAsync(OnRated, new { most }, cancellationToken)).Select(history => new RatedSubject(
            history[0].Subject, [.. ReviewRows.Ratings(history).Select(decision => (decision.By, decision.Verdict))])),
    ];

    // What curation obeys of a document: a decision to look again stands above what others decided, for the rules must stand meanwhile.
    private static ReviewDecision Standing(IReadOnlyList<ReviewDecision> history)
    {
        var counting = ReviewState.Counting(history);
        return ReviewState.Of(history)!.Status switch
        {
            ReviewStatus.Escalated => counting.Last(decision => decision.Verdict == ReviewVerdict.Escalate),
            ReviewStatus.Disagreed => counting[^1] with
            {
                By = string.Join(", ", counting.Select(decision => decision.By).Order(StringComparer.Ordinal)),
                Verdict = ReviewVerdict.Escalate,
                Reason = null,
                Note = "the reviewers disagree: "
                    + string.Join(", ", counting.OrderBy(decision => decision.By, StringComparer.Ordinal).Select(decision => $"{decision.By} says {ReviewRows.Word(decision.Verdict)}")),
                Weight = null,
                Tokens = null,
                Spans = null,
            },
            _ => counting[^1],
        };
    }

    // Decisions that come subject by subject, oldest first, as the histories that they are.
    private static IEnumerable<IReadOnlyList<ReviewDecision>> Subjects(IReadOnlyList<ReviewDecision> decisions)
    {
        for (var (start, end) = (0, 0); start < decisions.Count; start = end)
        {
            while (end < decisions.Count && decisions[end].Subject == decisions[start].Subject)
            {
                end++;
            }

            yield return [.. decisions.Skip(start).Take(end - start)];
        }
    }

    private async Task<IReadOnlyList<ReviewDecision>> ListAsync(string sql, object? parameters, CancellationToken cancellationToken) =>
        (await _access.ListAsync<DecisionRow>(sql, parameters, cancellationToken)).ConvertAll(row => row.ToDecision());
}
