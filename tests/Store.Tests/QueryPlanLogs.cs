using Tda.Store.Reviews;
using Tda.Store.Sql;

namespace Tda.Store.Tests;

/// <summary>A log in each database with enough rows that its planner takes them seriously.</summary>
public sealed class QueryPlanLogs : IAsyncLifetime
{
    public static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private const int Count = 6000;
    private readonly Dictionary<string, (TestLog Log, SqlExchangeStore Store)> _logs = [];

    public async ValueTask InitializeAsync()
    {
        foreach (var database in (string[])[Databases.Sqlite, Databases.Postgres])
        {
            var log = await TestLog.CreateAsync(database);
            var store = (SqlExchangeStore)await log.OpenAsync();
            foreach (var batch in Enumerable.Range(0, Count).Select(Make).Chunk(500))
            {
                await store.AppendAsync(batch, []);
            }

            foreach (var i in Enumerable.Range(0, Count).Where(i => i % 20 == 0))
            {
                await store.AddFeedbackAsync(new() { ExchangeId = $"e-{i:D6}", Label = i % 40 == 0 ? "bad" : "good", At = Start });
            }

            await using (var reviews = ReviewStore.Beside(log.Home, log.Location))
            {
                await reviews.DecideAsync([.. Enumerable.Range(0, 400).Select(i => Decision(i * 15, "act-000001", ReviewVerdict.Keep))]);
                await reviews.DecideAsync([.. Enumerable.Range(0, 20).Select(i => Decision((i * 15) + 1, "act-000002", ReviewVerdict.Escalate))]);
            }

            if (database == Databases.Postgres)
            {
                // The server does this by itself after a while. Not every index is worth while for few rows on fast disks.
                await log.TamperAsync("VACUUM ANALYZE");
            }

            _logs[database] = (log, store);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (log, _) in _logs.Values)
        {
            await log.DisposeAsync();
        }
    }

    internal Task<SqlExchangeStore> OpenAsync(string database) => Task.FromResult(_logs[database].Store);

    private static ReviewDecision Decision(int exchange, string act, ReviewVerdict verdict) => new()
    {
        Act = act,
        At = Start,
        By = "ann",
        Subject = ReviewSubject.Exchange($"e-{exchange:D6}"),
        Verdict = verdict,
        Version = "v",
    };

    private static Exchange Make(int i) => StoreSamples.Full($"e-{i:D6}", Start.AddMilliseconds(100 * i)) with
    {
        SessionId = "s-1",
        Sequence = i + 1,
        Model = $"model-{i % 3}",
        Route = i % 2 == 0 ? "/v1/chat/completions" : "/v1/completions",
        State = i % 10 == 0 ? TerminalState.Timeout : TerminalState.Complete,
        Streamed = i % 3 == 0,
        Client = $"key-{i % 5}",
        Prompt = $"a prompt number {i} rare{i % 1000} {new string('x', 300)}",
        Tags = i % 4 == 0 ? new Dictionary<string, string> { ["team"] = i % 8 == 0 ? "blue" : "red" } : new Dictionary<string, string>(),
    };
}
