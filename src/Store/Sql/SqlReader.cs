using System.Runtime.CompilerServices;
using Dapper;
using Tda.Core.Exchanges;

namespace Tda.Store.Sql;

/// <summary>Reads listings and whole exchanges. A connection per page: a reader that stays open for hours would keep the WAL from being checkpointed.</summary>
internal sealed class SqlReader(SqlAccess access)
{
    private const int PageSize = 200;

    // A fetch of small exchanges costs little more than one of a single exchange; large ones must not pile up in memory.
    private const int MostFetched = 64;
    private const long MostFetchedBytes = 8 << 20;

    public async IAsyncEnumerable<ExchangeSummary> ListAsync(ExchangeFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        await foreach (var row in PagesAsync<SummaryRow>(filter, Statements.SelectSummaries, row => row.Place, cancellationToken))
        {
            yield return row.ToSummary();
        }
    }

    public IAsyncEnumerable<PlacedExchange> ReadAsync(ExchangeFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return FetchAsync(PagesAsync<PlaceRow>(filter, Statements.SelectPlaces, row => row.Place, cancellationToken), cancellationToken);
    }

    public IAsyncEnumerable<PlacedExchange> ReadRecordAsync(CancellationToken cancellationToken) => FetchAsync(RecordAsync(cancellationToken), cancellationToken);

    public async Task<Exchange?> GetAsync(string id, CancellationToken cancellationToken)
    {
        var row = await access.QueryAsync(
            c => c.QuerySingleOrDefaultAsync<ExchangeRow>(SqlAccess.Command(Statements.SelectExchanges("e.id = @id"), new { id }, cancellationToken)),
            cancellationToken);
        return row?.ToExchange();
    }

    public async Task<ExchangeCounts> CountAsync(ExchangeFilter filter, CancellationToken cancellationToken)
    {
        var sql = new FilterSql(filter, access.Dialect);
        var rows = await access.ListAsync<(string State, long Count)>(Statements.CountByState(sql), sql.Parameters, cancellationToken);
        var byState = rows.ToDictionary(row => ExchangeRow.StateOf(row.State, "(count)"), row => row.Count);
        return new(byState.Values.Sum(), byState);
    }

    public Task<long> CountUpToAsync(ExchangeFilter filter, int most, CancellationToken cancellationToken)
    {
        var sql = new FilterSql(filter, access.Dialect);
        sql.Parameters.Add("most", most);
        return access.QueryAsync(c => c.ExecuteScalarAsync<long>(SqlAccess.Command(Statements.CountUpTo(sql), sql.Parameters, cancellationToken)), cancellationToken);
    }

    private async IAsyncEnumerable<T> PagesAsync<T>(
        ExchangeFilter filter, Func<FilterSql, bool, string> statement, Func<T, long> place, [EnumeratorCancellation] CancellationToken cancellationToken)
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
            var page = await access.ListAsync<T>(statement(sql, filter.OldestFirst), sql.Parameters, cancellationToken);
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
        PlaceRow last = new() { SessionId = "", Sequence = 0 };
        for (var full = true; full;)
        {
            var page = await access.ListAsync<PlaceRow>(
                Statements.RecordPage, new { session = last.SessionId, sequence = last.Sequence, page = PageSize }, cancellationToken);
            foreach (var row in page)
            {
                yield return last = row;
            }

            full = page.Count == PageSize;
        }

        last = new() { Place = -1 };
        for (var full = true; full;)
        {
            var page = await access.ListAsync<PlaceRow>(Statements.UnnumberedPage, new { place = last.Place, page = PageSize }, cancellationToken);
            foreach (var row in page)
            {
                yield return last = row;
            }

            full = page.Count == PageSize;
        }
    }

    // In the order of the places given; one that was erased meanwhile is passed over.
    private async IAsyncEnumerable<PlacedExchange> FetchAsync(IAsyncEnumerable<PlaceRow> places, [EnumeratorCancellation] CancellationToken cancellationToken)
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
        var rows = await access.ListAsync<ExchangeRow>(Statements.SelectExchanges(condition), parameters, cancellationToken);
        var byPlace = rows.ToDictionary(row => row.Place);
        return places.ToArray().Where(byPlace.ContainsKey).Select(place => new PlacedExchange(new(place), byPlace[place].ToExchange()));
    }
}
