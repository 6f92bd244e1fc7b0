using System.Data;
using System.Data.Common;
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

    public IAsyncEnumerable<ExchangeSummary> ListAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        PagesAsync(filter, Statements.SelectSummaries, Summary, summary => summary.Cursor.Place, cancellationToken);

    public IAsyncEnumerable<PlacedExchange> ReadPlacedAsync(ExchangeFilter filter, CancellationToken cancellationToken = default) =>
        FetchAsync(PagesAsync(filter, Statements.SelectPlaces, PlaceOf, row => row.Place, cancellationToken), cancellationToken);

    public IAsyncEnumerable<Exchange> ReadRecordAsync(CancellationToken cancellationToken = default) =>
        FetchAsync(RecordAsync(cancellationToken), cancellationToken).Select(placed => placed.Exchange);

    public async Task<Exchange?> GetAsync(string id, CancellationToken cancellationToken = default) =>
        (await access.ListAsync(Statements.SelectExchanges("e.id = @id"), new { id }, ExchangeRow.Read, cancellationToken)).SingleOrDefault();

    public async Task<IReadOnlyList<string>> IdsAsync(string prefix, int most, CancellationToken cancellationToken = default) =>
        await access.ListAsync<string>(Statements.SelectIds, new { prefix, length = prefix.Length, most }, cancellationToken);

    public async Task<ExchangeCounts> CountAsync(ExchangeFilter filter, CancellationToken cancellationToken = default)
    {
        var sql = new FilterSql(filter, access.Dialect);
        var rows = await access.ListAsync<(string State, long Count)>(Statements.CountByState(sql), sql.Parameters, cancellationToken);
        var byState = rows.ToDictionary(row => ExchangeRow.StateOf(row.State, "(count)"), row => row.Count);
        return new(byState.Values.Sum(), byState);
    }

    public Task<long> CountUpToAsync(ExchangeFilter filter, int most, CancellationToken cancellationToken = default)
    {
        var sql = new FilterSql(filter, access.Dialect);
        sql.Parameters.Add("most", most);
        return access.ValueAsync<long>(Statements.CountUpTo(sql), sql.Parameters, cancellationToken);
    }

    public async Task<IReadOnlyList<UsageSum>> UsageAsync(ExchangeFilter filter, CancellationToken cancellationToken = default)
    {
        var sql = new FilterSql(filter, access.Dialect);
        return await access.ListAsync(Statements.SumUsage(sql), sql.Parameters, UsageOf, cancellationToken);
    }

    public async Task<IReadOnlyList<GatewaySession>> SessionsAsync(CancellationToken cancellationToken = default) =>
        await access.ListAsync<GatewaySession>(Statements.SelectSessions, null, cancellationToken);

    public async Task<IReadOnlyList<Feedback>> FeedbackAsync(string exchangeId, CancellationToken cancellationToken = default) =>
        await access.ListAsync<Feedback>(Statements.SelectFeedback, new { id = exchangeId }, cancellationToken);

    public async Task<IReadOnlyList<AuditEntry>> AuditsAsync(
        long? before = null, int limit = 50, CancellationToken cancellationToken = default) =>
        await access.ListAsync<AuditEntry>(Statements.SelectAudit, new { before = before ?? long.MaxValue, limit }, cancellationToken);

    private async IAsyncEnumerable<T> PagesAsync<T>(
        ExchangeFilter filter,
        Func<FilterSql, bool, string> statement,
        Func<DbDataReader, T> read,
        Func<T, long> place,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursor = filter.After;
        for (var left = filter.Limit ?? int.MaxValue; left > 0;)
        {
            var wanted = Math.Min(left, PageSize);
            var sql = new FilterSql(filter, access.Dialect);
            if (cursor is { } after)
            {
                sql.GoOnAfter(after, filter.OldestFirst);
            }

            sql.Parameters.Add("preview", ExchangeSummary.PreviewLength);
            sql.Parameters.Add("page", wanted);
            var page = await access.ListAsync(statement(sql, filter.OldestFirst), sql.Parameters, read, cancellationToken);
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
            (Statements.RecordPage, new PlaceRow(0, "", 0, 0)),
            (Statements.UnnumberedPage, new PlaceRow(-1, null, null, 0)),
        })
        {
            var last = first;
            for (var full = true; full;)
            {
                var after = new { session = last.SessionId, sequence = last.Sequence, place = last.Place, page = PageSize };
                var page = await access.ListAsync(statement, after, PlaceOf, cancellationToken);
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

        var (condition, value) = access.Dialect.Among("e.place", "places", places);
        var parameters = new DynamicParameters();
        parameters.Add("places", value);
        var exchanges = await access.ListAsync(Statements.SelectExchanges(condition), parameters, Placed, cancellationToken);
        var byPlace = exchanges.ToDictionary(exchange => exchange.Cursor.Place);
        return places.ToArray().Where(byPlace.ContainsKey).Select(place => byPlace[place]);
    }

    private static ExchangeSummary Summary(DbDataReader row) => new()
    {
        Cursor = new(row.GetInt64("place")),
        Id = row.GetString("id"),
        StartedAt = ExchangeTime.FromMicroseconds(row.GetInt64("started_at")),
        Route = row.GetString("route"),
        Status = row.Get<int?>("status"),
        State = ExchangeRow.StateOf(row.GetString("state"), row.GetString("id")),
        Streamed = row.GetBoolean("streamed"),
        Model = row.Get<string>("model"),
        PromptPreview = row.Get<string>("prompt_preview"),
        ResponsePreview = row.Get<string>("response_preview"),
        Client = row.Get<string>("client"),
        PromptTokens = row.Get<long?>("prompt_tokens"),
        CompletionTokens = row.Get<long?>("completion_tokens"),
        TotalTokens = row.Get<long?>("total_tokens"),
        FirstTokenMs = row.Get<double?>("first_token_ms"),
        TotalMs = row.GetDouble("total_ms"),
        HasParseError = row.GetBoolean("has_parse_error"),
    };

    private static UsageSum UsageOf(DbDataReader row) => new(
        row.Get<string>("client"),
        row.Get<string>("model"),
        JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString("tags"), JsonDefaults.Options) ?? [],
        row.GetInt64("exchanges"),
        row.GetInt64("counted"),
        row.GetInt64("uncounted"),
        row.GetInt64("prompt_tokens"),
        row.GetInt64("completion_tokens"),
        row.GetInt64("uncounted_prompt"),
        row.GetInt64("uncounted_response"));

    private static PlacedExchange Placed(DbDataReader row) => new(new(row.GetInt64("place")), ExchangeRow.Read(row));

    private static PlaceRow PlaceOf(DbDataReader row) =>
        new(row.GetInt64("place"), row.Get<string>("session_id"), row.Get<long?>("sequence"), row.GetInt64("kept"));

    /// <summary>Where an exchange stands and how many bytes its bodies have.</summary>
    private sealed record PlaceRow(long Place, string? SessionId, long? Sequence, long Kept);
}
