using Tda.Store.Exports;
using Tda.Store.Maintenance;
using Tda.Store.Verification;

namespace Tda.Store.Tests;

public sealed class ErasureTests
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task EraseAsync_Exchange_LeavesATombstoneAndTheChainHolds(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 5);
        await store.AppendAsync(exchanges, [session]);
        await store.AddFeedbackAsync(new() { ExchangeId = "s-1-0003", Label = "bad", At = Start });

        var tombstone = await store.EraseAsync("s-1-0003", "asked for", "me");

        Assert.Equal(("s-1-0003", "s-1", 3L, "asked for", "me"), (tombstone!.Id, tombstone.SessionId, tombstone.Sequence, tombstone.Reason, tombstone.By));
        Assert.Null(await store.GetAsync("s-1-0003"));
        Assert.Empty(await store.ListAsync(new() { Text = "\"number 3\"" }).ToListAsync());
        Assert.Empty(await store.ListAsync(new() { FeedbackLabel = "bad" }).ToListAsync());
        Assert.Equal(4, await store.ListAsync(new() { TagName = "run" }).CountAsync());
        var result = await ExchangeVerifier.VerifyAsync(store);
        Assert.Empty(result.Faults);
        Assert.Equal((4L, 1L), (result.Recorded, result.Erased));
        Assert.Equal(("erase", "s-1-0003"), (await store.AuditsAsync())[0] is var entry ? (entry.Action, entry.Subject) : default);

        // The shared request stays for the others; the same exchange is not taken again; a second erasure changes nothing.
        Assert.Equal(exchanges[0].RequestBody.Bytes, (await store.GetAsync("s-1-0001"))!.RequestBody.Bytes);
        await store.AppendAsync([exchanges[2]], []);
        Assert.Null(await store.GetAsync("s-1-0003"));
        Assert.Equal(tombstone, await store.EraseAsync("s-1-0003", "again", "you"));
        Assert.Null(await store.EraseAsync("nobody", "x", "me"));
        Assert.Single(await store.AuditsAsync());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task EraseAsync_AllThatAreOldest_ThenPruned_ChainHolds(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 6);
        await store.AppendAsync(exchanges, [session]);
        await store.EraseAsync("s-1-0002", "r", "me");
        await store.PruneAsync(Start.AddSeconds(5), 100);
        await store.EraseAsync("s-1-0006", "r", "me");

        var result = await ExchangeVerifier.VerifyAsync(store);

        Assert.Empty(result.Faults);
        Assert.Equal((1L, 2L, 3L), (result.Recorded, result.Erased, result.Pruned));
        Assert.Equal(session.ChainHead, Assert.Single(result.Heads).Chain);
    }

    [Fact]
    public async Task EraseAsync_Sqlite_NothingOfItIsLeftInTheFile()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        var store = await log.OpenAsync();
        var others = StoreSamples.Run("s-1", Start, 400).Exchanges;
        var secret = StoreSamples.Full("secret", Start.AddSeconds(200)) with
        {
            SessionId = null,
            Sequence = null,
            Prompt = "canaryprompt " + string.Join(' ', Enumerable.Range(0, 500).Select(i => $"canaryword{i}")),
            Response = "canaryresponse",
            Tags = new Dictionary<string, string> { ["canarytag"] = "canaryvalue" },
            RequestHeaders = [new("x", "canaryheader")],
            RequestBody = RecordedBody.Of(Encoding.UTF8.GetBytes("canarybody " + new string('y', 20_000))),
        };
        await store.AppendAsync([.. others[..200], secret, .. others[200..]], []);
        await store.AddFeedbackAsync(new() { ExchangeId = "secret", Comment = "canarycomment", At = Start });
        Assert.Contains("canary", Text(), StringComparison.OrdinalIgnoreCase);

        await store.EraseAsync("secret", "asked for", "me");
        await store.TidyAsync();

        Assert.DoesNotContain("canary", Text(), StringComparison.OrdinalIgnoreCase);

        string Text() => string.Concat(Directory.GetFiles(log.Directory.Path, "tda.db*").Select(path =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            return Encoding.Latin1.GetString(bytes.ToArray());
        }));
    }

    [Theory]
    [InlineData(Databases.Sqlite, "log.jsonl")]
    [InlineData(Databases.Postgres, "log.jsonl.gz")]
    public async Task EraseAsync_Everywhere_NamesCopiesAndRewritesExportsWhenAsked(string database, string name)
    {
        await using var log = await TestLog.CreateAsync(database);
        await using var elsewhere = await TestLog.CreateAsync(Databases.Sqlite);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 5);
        await store.AppendAsync(exchanges, [session]);

        // One export out of the home, which the audit knows; a run's queries in the home.
        var export = (await ExchangeExporter.ExportAsync(store, ExchangeFilter.All, elsewhere.Directory[name])).Path;
        var queries = log.Directory.Write("runs/r-1/queries.jsonl", """{"id":"s-1-0002","prompt":"p","completion":"c"}""" + "\n");
        log.Directory.Write("runs/r-2/queries.jsonl", """{"id":"s-1-0001","prompt":"p","completion":"c"}""" + "\n");
        log.Directory.Write("corpora/c/documents-00000.jsonl", """{"id":"s-1-0002"}""" + "\n");

        var report = await ExchangeEraser.EraseAsync(store, log.Home, ["s-1-0002", "nobody"], new() { Reason = "asked for" });

        Assert.Equal(["nobody"], report.Unknown);
        Assert.Equal(new[] { (export, false), (queries, false) }.Order(), report.Copies.Select(copy => (copy.Path, copy.Rewritten)).Order());
        Assert.Equal(5, JsonLines.Read<Exchange>(export).Count());

        report = await ExchangeEraser.EraseAsync(store, log.Home, ["s-1-0002"], new() { Reason = "asked for", RewriteExports = true });

        Assert.Equal(new[] { (export, true), (queries, false) }.Order(), report.Copies.Select(copy => (copy.Path, copy.Rewritten)).Order());
        Assert.Equal(["s-1-0001", "s-1-0003", "s-1-0004", "s-1-0005"], JsonLines.Read<Exchange>(export).Select(exchange => exchange.Id));
        var manifest = JsonLines.Read<System.Text.Json.Nodes.JsonObject>(WriteOneLine(export + ".manifest.json", log)).Single();
        Assert.Equal((4, "s-1-0002"), ((int)manifest["exchanges"]!, (string)manifest["erased"]![0]!));
        Assert.Equal(Core.Artifacts.Hashing.Sha256File(export), (string)manifest["sha256"]!);
    }

    [Fact]
    public async Task EraseAsync_BadOptions_AllErrorsAndNothingErased()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        var store = await log.OpenAsync();
        await store.AppendAsync(StoreSamples.Minimal("a", Start));

        var error = await Assert.ThrowsAsync<UsageException>(() =>
            ExchangeEraser.EraseAsync(store, log.Home, ["a"], new() { Reason = " ", Also = ["/nowhere/at/all"] }));

        Assert.Contains("reason", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/at/all", error.Message, StringComparison.Ordinal);
        Assert.NotNull(await store.GetAsync("a"));
    }

    private static string WriteOneLine(string json, TestLog log) =>
        log.Directory.Write("one.jsonl", File.ReadAllText(json).ReplaceLineEndings(" "));
}
