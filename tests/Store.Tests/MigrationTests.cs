using Dapper;
using Tda.Store.Reviews;
using Tda.Store.Verification;

namespace Tda.Store.Tests;

public sealed class MigrationTests
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task OpenAsync_Version1_UpgradedWithItsData()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        await MakeVersion1Async(log);

        var store = await log.OpenAsync();

        var read = await store.ReadAsync(new() { OldestFirst = true }).ToListAsync();
        Assert.Equal(["a-1", "a-2", "b"], read.Select(exchange => exchange.Id));
        var first = read[0];
        Assert.Equal((TerminalState.ClientAbort, TerminalState.ClientAbort, "s-1", null), (first.State, first.WireState, first.SessionId, first.Sequence));
        Assert.Equal(("hello words", "the answer", Start), (first.Prompt, first.Response, first.StartedAt));
        Assert.Equal("request"u8.ToArray(), first.RequestBody.Bytes);
        Assert.Equal((10L, true, "ffff"), (first.ResponseBody.Length, first.ResponseBody.Truncated, first.ResponseBody.Sha256));
        Assert.Equal(RecordedBody.Empty.Sha256, read[2].RequestBody.Sha256);
        Assert.Equal(["a-2", "a-1"], (await store.ListAsync(new() { Text = "HELLO" }).ToListAsync()).Select(e => e.Id));
        Assert.Equal(["a-1"], (await store.ListAsync(new() { TagName = "run", TagValue = "demo" }).ToListAsync()).Select(e => e.Id));
        var session = Assert.Single(await store.SessionsAsync());
        Assert.Equal((5L, 1L, 1L), (session.Forwarded, session.Spooled, session.Drops["spool_failed"]));
        var result = await ExchangeVerifier.VerifyAsync(store);
        Assert.Empty(result.Faults);
        Assert.Equal((5L, 3L, 1L, 1L), (result.Forwarded, result.Recorded, result.Spooled, result.Dropped));

        // Shared content is counted, so that the last user's removal removes it.
        await store.EraseAsync("a-1", "r", "me");
        Assert.Equal("request"u8.ToArray(), (await store.GetAsync("a-2"))!.RequestBody.Bytes);
        await store.EraseAsync("a-2", "r", "me");
        await using var connection = await log.ConnectAsync();
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM blobs"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task OpenAsync_Version4_UpgradedWithItsDataAndReadyForDecisions(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var written = await log.OpenAsync();
        await written.AppendAsync(StoreSamples.Full("a", Start));
        await written.AddFeedbackAsync(new() { ExchangeId = "a", Label = "harmful", Value = 0.5, At = Start });
        await log.TamperAsync(
            "DROP TABLE review_decisions; DROP TABLE review_states; DROP TABLE review_locks; DROP TABLE reviewers; DELETE FROM schema_version WHERE version > 4");

        var store = await log.OpenAsync();
        await using var reviews = ReviewStore.Beside(log.Home, log.Location);
        await reviews.DecideAsync(
            [new() { Act = "the-first-act", At = Start, By = "ann", Subject = ReviewSubject.Exchange("a"), Verdict = ReviewVerdict.Keep, Version = "v" }]);

        Assert.Equal(["a"], (await store.ListAsync(new() { FeedbackLabel = "harmful" }).ToListAsync()).Select(e => e.Id));
        Assert.Equal(ReviewVerdict.Keep, (await reviews.StatesAsync(ReviewSubjectKind.Exchange, ["a"]))["a"].Verdict);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task OpenAsync_Twice_SameVersionAndData(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        await (await log.OpenAsync()).AppendAsync(StoreSamples.Minimal("a", Start));
        var again = await log.OpenAsync();

        Assert.Equal(1, (await again.CountAsync(ExchangeFilter.All)).Total);
        await using var connection = await log.ConnectAsync();
        var versions = (await connection.QueryAsync<int>("SELECT version FROM schema_version ORDER BY version")).ToList();
        Assert.Equal(Enumerable.Range(1, versions.Count), versions);
        Assert.True(versions.Count >= 2, "both databases must reach version 2");
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public void Scripts_OfADatabase_AreNumberedWithoutGaps(string database)
    {
        var numbers = typeof(ExchangeStore).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith($"migrations/{database}.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => int.Parse(name.Split('.')[1], CultureInfo.InvariantCulture))
            .ToList();

        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
        Assert.NotEmpty(numbers);
    }

    // As the program of version 1 left it: its own script, and rows as it wrote them.
    private static async Task MakeVersion1Async(TestLog log)
    {
        var assembly = typeof(ExchangeStore).Assembly;
        using var script = new StreamReader(assembly.GetManifestResourceStream("migrations/sqlite.0001.exchanges.sql")!);
        await using var connection = await log.ConnectAsync();
        await connection.ExecuteAsync("CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL); INSERT INTO schema_version VALUES (1, 0)");
        await connection.ExecuteAsync(await script.ReadToEndAsync());
        var (request, cut, empty) = (Encoding.UTF8.GetBytes("request"), new byte[] { 1, 2, 3 }, Array.Empty<byte>());
        foreach (var bytes in (byte[][])[request, cut, empty])
        {
            await connection.ExecuteAsync("INSERT INTO blobs VALUES (@hash, @bytes)", new { hash = Hashing.Sha256(bytes), bytes });
        }

        await connection.ExecuteAsync("INSERT INTO gateway_sessions VALUES ('s-1', 0, 1, 'written', 5, 1, 1)");
        foreach (var (id, blob) in (IEnumerable<(string, byte[])>)[("a-2", request), ("a-1", request), ("b", empty)])
        {
            await connection.ExecuteAsync(
                """
                INSERT INTO exchanges (id, session_id, started_at, route, method, path, state, streamed, prompt, response, total_ms, tags,
                    request_headers, response_headers, request_blob, request_length, request_sha256, response_blob, response_length, response_sha256)
                VALUES (@id, 's-1', @at, '/v1/completions', 'POST', '/v1/completions', 'client_abort', 1, @prompt, 'the answer', 1.5, '{}',
                    '[]', '[]', @hash, @length, @hash, @cut, 10, 'ffff')
                """,
                new
                {
                    id,
                    at = ExchangeTime.ToMicroseconds(Start),
                    prompt = id == "b" ? null : "hello words",
                    hash = Hashing.Sha256(blob),
                    length = blob.Length,
                    cut = Hashing.Sha256(id == "b" ? empty : cut),
                });
        }

        await connection.ExecuteAsync("INSERT INTO exchange_tags VALUES ('a-1', 'run', 'demo')");
    }
}
