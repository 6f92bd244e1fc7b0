using Dapper;
using Tda.Core.Exchanges;
using Tda.Core.Store;
using Tda.Core.Store.Sql;

namespace Tda.Gateway.Tests.Store;

/// <summary>Pages must answer from indexes: no statement that a page sends may read a table from end to end or sort it.</summary>
public sealed class QueryPlanTests(QueryPlanLogs logs) : IClassFixture<QueryPlanLogs>
{
    private static readonly Dictionary<string, ExchangeFilter> Filters = new()
    {
        ["all"] = new(),
        ["time"] = new() { From = QueryPlanLogs.Start.AddMinutes(1), To = QueryPlanLogs.Start.AddMinutes(9) },
        ["model"] = new() { Model = "model-1" },
        ["route"] = new() { Route = "/v1/chat/completions" },
        ["state"] = new() { State = TerminalState.Timeout },
        ["streamed"] = new() { Streamed = true },
        ["client"] = new() { Client = "key-1" },
        ["tag"] = new() { TagName = "team", TagValue = "blue" },
        ["tag's name"] = new() { TagName = "team" },
        ["feedback"] = new() { HasFeedback = true },
        ["label"] = new() { FeedbackLabel = "bad" },
        ["common word"] = new() { Text = "prompt" },
        ["rare word"] = new() { Text = "rare7" },
        ["phrase"] = new() { Text = "\"prompt number\"" },
        ["prefix"] = new() { Text = "rar*" },
        ["no word"] = new() { Text = "%" },
    };

    /// <summary>Every filter with every other, as the pages' forms let people put them together.</summary>
    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (var database in (string[])[Databases.Sqlite, Databases.Postgres])
        {
            foreach (var one in Filters.Keys)
            {
                foreach (var other in Filters.Keys.Where(other => string.CompareOrdinal(one, other) <= 0))
                {
                    cases.Add(database, one, other);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Page_AnyFilters_AnswersFromAnIndex(string database, string one, string other)
    {
        var store = await logs.OpenAsync(database);
        var filter = Both(Filters[one], Filters[other]);
        var first = await store.ListAsync(filter with { Limit = 1 }).FirstOrDefaultAsync();
        foreach (var oldestFirst in (bool[])[false, true])
        {
            foreach (var after in (ExchangeCursor?[])[null, first?.Cursor ?? new(long.MaxValue / 2)])
            {
                var sql = new FilterSql(filter, store.Access.Dialect);
                if (after is { } cursor)
                {
                    sql.GoOnAfter(cursor, oldestFirst);
                }

                await ExpectIndexAsync(store, Statements.SelectSummaries(sql, oldestFirst), sql, filter);
                await ExpectIndexAsync(store, Statements.CountUpTo(sql), sql, filter);
            }
        }
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task Record_Page_AnswersFromAnIndex(string database)
    {
        var store = await logs.OpenAsync(database);

        await ExpectIndexAsync(store, Statements.RecordPage, new { session = "s-1", sequence = 100L, page = 200 });
        await ExpectIndexAsync(store, Statements.PrunePage, new { before = 5L, most = 200 });
        await ExpectIndexAsync(store, Statements.SelectExchanges("e.id = @id"), new { id = "x" });
        await ExpectIndexAsync(store, "DELETE FROM feedback WHERE place = @place", new { place = 1L });
        var (condition, value) = store.Access.Dialect.Among("e.place", "places", [1, 2, 3]);
        var parameters = new DynamicParameters();
        parameters.Add("places", value);
        await ExpectIndexAsync(store, Statements.SelectExchanges(condition), parameters);
    }

    private static ExchangeFilter Both(ExchangeFilter a, ExchangeFilter b) => new()
    {
        From = a.From ?? b.From,
        To = a.To ?? b.To,
        Model = a.Model ?? b.Model,
        Route = a.Route ?? b.Route,
        State = a.State ?? b.State,
        Streamed = a.Streamed ?? b.Streamed,
        Client = a.Client ?? b.Client,
        TagName = a.TagName ?? b.TagName,
        TagValue = a.TagValue ?? b.TagValue,
        HasFeedback = a.HasFeedback || b.HasFeedback,
        FeedbackLabel = a.FeedbackLabel ?? b.FeedbackLabel,
        Text = a.Text is null ? b.Text : b.Text is null || a.Text == b.Text ? a.Text : $"{a.Text} {b.Text}",
    };

    private static Task ExpectIndexAsync(SqlExchangeStore store, string statement, FilterSql sql, ExchangeFilter filter)
    {
        sql.Parameters.Add("page", 50);
        sql.Parameters.Add("most", 50);
        sql.Parameters.Add("preview", 200);

        // PostgreSQL may fetch the few that have a rare word, or a rare mark, and sort those.
        return ExpectIndexAsync(store, statement, sql.Parameters, maySort: filter.Text is not null);
    }

    private static async Task ExpectIndexAsync(SqlExchangeStore store, string statement, object parameters, bool maySort = false)
    {
        var plan = await store.Access.QueryAsync(
            async connection => store.Access.Dialect.Name == "sqlite"
                ? string.Join('\n', (await connection.QueryAsync("EXPLAIN QUERY PLAN " + statement, parameters)).Select(row => (string)row.detail))
                : string.Join('\n', await connection.QueryAsync<string>("EXPLAIN " + statement, parameters)),
            default);
        if (store.Access.Dialect.Name == "sqlite")
        {
            // "SCAN e" alone is the order of places itself: a page takes its first rows and stops.
            Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"SCAN (t|f|q|a|feedback|blobs|tombstones)\b(?! VIRTUAL)", plan);
        }
        else
        {
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            if (!maySort)
            {
                Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
            }
        }
    }
}
