using System.Runtime.CompilerServices;
using Dapper;

namespace Tda.Store.Sql;

/// <content>
/// Reads listings and whole exchanges. A connection per page: a reader that stays open for hours would keep the WAL from
/// being checkpointed.
/// </content>
internal sealed partial class SqlExchangeStore
{
    private const int PageSize = 200;

    // A fetch of small exchanges costs little more than one of a single exchange; large ones must not pile up in memory.
    private const int MostFetched = 64;
    private const long MostFetchedBytes = 8 << 20;

    public async IAsyncEnumerable<ExchangeSummary> ListAsync(
        ExchangeFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        await foreach (var row in PagesAsync<SummaryRow>(filter, Statements.SelectSummaries, row => row.Place, cancellationToken))
        {
            yield return row.ToSummary();
        }
    }

    public IAsyncEnumerable<PlacedExchange> ReadPlacedAsync(ExchangeFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return FetchAsync(PagesAsync<PlaceRow>(filter, Statements.SelectPlaces, row => row.Place, cancellationToken), cancellationToken);
    }

    public IAsyncEnumerable<Exchange> ReadRecordAsync(CancellationToken cancellationToken = default) =>
        FetchAsync(RecordAsync(cancellationToken), cancellationToken).Select(placed => placed.Exchange);

    public async Task<Exchange?> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        var rows = await _access.ListAsync<ExchangeRow>(Statements.SelectExchanges("e.id = @id"), new { id }, cancellationToken);
        return rows.SingleOrDefault()?.ToExchange();
    }

    public async Task<ExchangeCounts> CountAsync(ExchangeFilter filter, CancellationToken cancellationToken = default)
    {
        var sql = new FilterSql(filter, _access.Dialect);
        var rows = await _access.ListAsync<(string State, long Count)>(Statements.CountByState(sql), sql.Parameters, cancellationToken);
        var byState = rows.ToDictionary(row => ExchangeRow.StateOf(row.State, "(count)"), row => row.Count);
        return new(byState.Values.Sum(), byState);
    }

    public Task<long> CountUpToAsync(ExchangeFilter filter, int most, CancellationToken cancellationToken = default)
    {
        var sql = new FilterSql(filter, _access.Dialect);
        sql.Parameters.Add("most", most);
        return _access.ValueAsync<long>(Statements.CountUpTo(sql), sql.Parameters, cancellationToken);
    }

    public async Task<IReadOnlyList<GatewaySession>> SessionsAsync(CancellationToken cancellationToken = default) =>
        [.. (await _access.ListAsync<SessionRow>(Statements.SelectSessions, null, cancellationToken)).Select(row => row.ToSession())];

    public async Task<IReadOnlyList<Feedback>> FeedbackAsync(string exchangeId, CancellationToken cancellationToken = default)
    {
        var rows = await _access.ListAsync<FeedbackRow>(Statements.SelectFeedback, new { id = exchangeId }, cancellationToken);
        return [.. rows.Select(row => row.ToFeedback(exchangeId))];
    }

    public async Task<IReadOnlyList<AuditEntry>> AuditsAsync(
        long? before = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        var parameters = new { before = before ?? long.MaxValue, limit };
        return [.. (await _access.ListAsync<AuditRow>(Statements.SelectAudit, parameters, cancellationToken)).Select(row => row.ToEntry())];
    }

    private async IAsyncEnumerable<T> PagesAsync<T>(
        ExchangeFilter filter,
        Func<FilterSql, bool, string> statement,
        Func<T, long> place,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursor = filter.After;
        for (var left = filter.Limit ?? int.MaxValue; left > 0;)
        {
            var wanted = Math.Min(left, PageSize);
            var sql = new FilterSql(filter, _access.Dialect);
            if (cursor is { } after)
            {
                sql.GoOnAfter(after, filter.OldestFirst);
            }

            sql.Parameters.Add("preview", ExchangeSummary.PreviewLength);
            sql.Parameters.Add("page", wanted);
            var page = await _access.ListAsync<T>(statement(sql, filter.OldestFirst), sql.Parameters, cancellationToken);
            foreach (var row in page)
            {
                yield return row;
            }

            if (page.Count < wanted)
            {
                yield break;
            }

            left -= page.Count;
            cursor = new(place(page[^1]));
        }
    }

    private async IAsyncEnumerable<PlaceRow> RecordAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (statement, first) in new[]
        {
            (Statements.RecordPage, new PlaceRow { SessionId = "", Sequence = 0 }),
            (Statements.UnnumberedPage, new PlaceRow { Place = -1 }),
        })
        {
            var last = first;
            for (var full = true; full;)
            {
                var after = new { session = last.SessionId, sequence = last.Sequence, place = last.Place, page = PageSize };
                var page = await _access.ListAsync<PlaceRow>(statement, after, cancellationToken);
                foreach (var row in page)
                {
                    yield return last = row;
                }

                full = page.Count == PageSize;
            }
        }
    }

    // In the order of the places given; one that was erased meanwhile is passed over.
    private async IAsyncEnumerable<PlacedExchange> FetchAsync(
        IAsyncEnumerable<PlaceRow> places, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var group = new List<long>(MostFetched);
        long bytes = 0;
        await foreach (var row in places)
        {
            if (group.Count > 0 && (group.Count == MostFetched || bytes + row.Kept > MostFetchedBytes))
            {
                foreach (var exchange in await FetchAsync(group, cancellationToken))
                {
                    yield return exchange;
                }

                group.Clear();
                bytes = 0;
            }

            group.Add(row.Place);
            bytes += row.Kept;
        }

        foreach (var exchange in await FetchAsync(group, cancellationToken))
        {
            yield return exchange;
        }
    }

    private async Task<IEnumerable<PlacedExchange>> FetchAsync(List<long> places, CancellationToken cancellationToken)
    {
        if (places.Count == 0)
        {
            return [];
        }

        var (condition, value) = _access.Dialect.Among("e.place", "places", places);
        var parameters = new DynamicParameters();
        parameters.Add("places", value);
        var rows = await _access.ListAsync<ExchangeRow>(Statements.SelectExchanges(condition), parameters, cancellationToken);
        var byPlace = rows.ToDictionary(row => row.Place);
        return places.ToArray().Where(byPlace.ContainsKey).Select(place => new PlacedExchange(new(place), byPlace[place].ToExchange()));
    }

    /// <summary>The columns of a listing.</summary>
    private sealed class SummaryRow
    {
        public long Place { get; init; }

        public string Id { get; init; } = "";

        public long StartedAt { get; init; }

        public string Route { get; init; } = "";

        public int? Status { get; init; }

        public string State { get; init; } = "";

        public bool Streamed { get; init; }

        public string? Model { get; init; }

        public string? PromptPreview { get; init; }

        public string? ResponsePreview { get; init; }

        public long? TotalTokens { get; init; }

        public double? FirstTokenMs { get; init; }

        public double TotalMs { get; init; }

        public bool HasParseError { get; init; }

        public ExchangeSummary ToSummary() => new()
        {
            Cursor = new(Place),
            Id = Id,
            StartedAt = ExchangeTime.FromMicroseconds(StartedAt),
            Route = Route,
            Status = Status,
            State = ExchangeRow.StateOf(State, Id),
            Streamed = Streamed,
            Model = Model,
            PromptPreview = PromptPreview,
            ResponsePreview = ResponsePreview,
            TotalTokens = TotalTokens,
            FirstTokenMs = FirstTokenMs,
            TotalMs = TotalMs,
            HasParseError = HasParseError,
        };
    }

    /// <summary>Where an exchange stands and how many bytes its bodies have.</summary>
    private sealed class PlaceRow
    {
        public long Place { get; init; }

        public string? SessionId { get; init; }

        public long? Sequence { get; init; }

        public long Kept { get; init; }
    }

    /// <summary>A row of <c>audit</c>.</summary>
    private sealed class AuditRow
    {
        public long Number { get; init; }

        public long At { get; init; }

        public string Actor { get; init; } = "";

        public string Action { get; init; } = "";

        public string Subject { get; init; } = "";

        public string? Detail { get; init; }

        public AuditEntry ToEntry() => new()
        {
            Number = Number,
            At = ExchangeTime.FromMicroseconds(At),
            Actor = Actor,
            Action = Action,
            Subject = Subject,
            Detail = Detail,
        };
    }

    /// <summary>A row of <c>feedback</c>.</summary>
    private sealed class FeedbackRow
    {
        public double? Rating { get; init; }

        public string? Label { get; init; }

        public string? Comment { get; init; }

        public long At { get; init; }

        public string? ByWhom { get; init; }

        public Feedback ToFeedback(string exchangeId) => new()
        {
            ExchangeId = exchangeId,
            Rating = Rating,
            Label = Label,
            Comment = Comment,
            At = ExchangeTime.FromMicroseconds(At),
            By = ByWhom,
        };
    }
}
