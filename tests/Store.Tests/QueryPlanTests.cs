using Dapper;
using Tda.Store.Reviews;
using Tda.Store.Sql;

namespace Tda.Store.Tests;

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
        ["open"] = new() { Review = new() { Status = ReviewStatus.Open } },
        ["decided"] = new() { Review = new() { Status = ReviewStatus.Decided } },
        ["escalated"] = new() { Review = new() { Status = ReviewStatus.Escalated } },
        ["waiting"] = new() { Review = new() { WaitingFor = "ann" } },
        ["open and waiting for the second"] = new() { Review = new() { Status = ReviewStatus.Open, WaitingFor = "bob", ReviewersNeeded = 2 } },
        ["sample"] = new() { Sample = 7 },
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

                await ExpectIndexAsync(store, Statements.SelectSummaries(sql, oldestFirst), sql);
                await ExpectIndexAsync(store, Statements.CountUpTo(sql), sql);
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

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task Reviews_Page_AnswersFromAnIndex(string database)
    {
        var store = await logs.OpenAsync(database);

        await ExpectIndexAsync(store, SqlReviewStore.Newest, new { before = 50L, limit = 50 });
        await ExpectIndexAsync(store, SqlReviewStore.NewestBy, new { by = "ann", before = 50L, limit = 50 });
        await ExpectIndexAsync(store, SqlReviewStore.Block, new { after = 50L, limit = 50 });
        await ExpectIndexAsync(store, SqlReviewStore.WithStatus, new { kind = "exchange", status = "decided", after = 0L, limit = 50 });
        await ExpectIndexAsync(store, SqlReviewStore.BySubject, new { kind = "exchange", subject = "e-000000", after = 0L });
    }

    [Fact]
    public async Task Page_WaitingForTheSecondReviewerInSqlite_LooksAtTheCandidatesDecisionsAlone()
    {
        var store = await logs.OpenAsync(Databases.Sqlite);
        var sql = new FilterSql(new() { Review = new() { WaitingFor = "ann", ReviewersNeeded = 2 } }, store.Access.Dialect);
        sql.Parameters.Add("page", 50);
        sql.Parameters.Add("preview", 200);

        var plan = await PlanAsync(store, Statements.SelectSummaries(sql, false), sql.Parameters, mustNotScan: true);

        Assert.Contains("review_decisions_by_subject", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("review_decisions_by_reviewer", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("decided", "review_states_by_status_and_place")]
    [InlineData("open", "exchanges_pkey")]
    public async Task Page_ReviewInPostgres_DecidedByStatesOpenByTime(string status, string index)
    {
        var store = await logs.OpenAsync(Databases.Postgres);
        var sql = new FilterSql(FilterText.Parse($"review:{status}"), store.Access.Dialect);
        sql.Parameters.Add("page", 50);
        sql.Parameters.Add("preview", 200);

        var plan = await PlanAsync(store, Statements.SelectSummaries(sql, false), sql.Parameters, mustNotScan: true);

        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Hash", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rare7", "exchanges_by_words")]
    [InlineData("prompt", "exchanges_pkey")]
    public async Task Page_WordInPostgres_RareByTheWordsCommonByTime(string word, string index)
    {
        var store = await logs.OpenAsync(Databases.Postgres);
        var sql = new FilterSql(new() { Text = word }, store.Access.Dialect);
        sql.Parameters.Add("page", 50);
        sql.Parameters.Add("preview", 200);

        Assert.Contains(index, await PlanAsync(store, Statements.SelectSummaries(sql, false), sql.Parameters, mustNotScan: false), StringComparison.Ordinal);
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
        Review = a.Review ?? b.Review,
        Sample = a.Sample ?? b.Sample,
        FeedbackLabel = a.FeedbackLabel ?? b.FeedbackLabel,
        Text = a.Text is null ? b.Text : b.Text is null || a.Text == b.Text ? a.Text : $"{a.Text} {b.Text}",
    };

    private static Task ExpectIndexAsync(SqlExchangeStore store, string statement, FilterSql sql)
    {
        sql.Parameters.Add("page", 50);
        sql.Parameters.Add("most", 50);
        sql.Parameters.Add("preview", 200);

        return ExpectIndexAsync(store, statement, sql.Parameters);
    }

    private static async Task ExpectIndexAsync(SqlExchangeStore store, string statement, object parameters)
    {
        var plan = await PlanAsync(store, statement, parameters, mustNotScan: true);
        if (store.Access.Dialect.Name == "sqlite")
        {
            // "SCAN e" alone is the order of places itself: a page takes its first rows and stops.
            Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"SCAN (t|f|q|a|r|v|d|u|feedback|blobs|tombstones)\b(?! VIRTUAL)", plan);
        }
        else if (!plan.Contains("One-Time Filter: false", StringComparison.Ordinal)) // which reads nothing at all
        {
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
        }
    }

    // For few rows PostgreSQL rightly prefers to read and sort them all. Told to do so only when there is no other way, it
    // shows whether there is one; bench/ shows what it does with a million rows.
    private static Task<string> PlanAsync(SqlExchangeStore store, string statement, object parameters, bool mustNotScan) => store.Access.QueryAsync(
        async connection =>
        {
            if (store.Access.Dialect.Name == "sqlite")
            {
                return string.Join('\n', (await connection.QueryAsync("EXPLAIN QUERY PLAN " + statement, parameters)).Select(row => (string)row.detail));
            }

            await using var transaction = await connection.BeginTransactionAsync();
            if (mustNotScan)
            {
                await connection.ExecuteAsync("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_hashjoin = off", transaction: transaction);
            }

            return string.Join('\n', await connection.QueryAsync<string>("EXPLAIN " + statement, parameters, transaction));
        },
        default);
}
