using System.Text.Json.Nodes;
using Tda.Store.Exports;
using Tda.TestKit;

namespace Tda.Store.Tests;

public sealed class ExchangeExporterTests
{
    private static readonly DateTimeOffset Start = new(2025, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(Databases.Sqlite, "out.jsonl")]
    [InlineData(Databases.Sqlite, "out.jsonl.gz")]
    [InlineData(Databases.Postgres, "out.jsonl")]
    [InlineData(Databases.Postgres, "out.jsonl.gz")]
    public async Task ExportAsync_Log_ReadsBackEqualOldestFirstWithAManifest(string database, string name)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 30);
        await store.AppendAsync([.. exchanges.AsEnumerable().Reverse()], [session]);
        var path = log.Directory[name];

        var export = await ExchangeExporter.ExportAsync(store, ExchangeFilter.All with { Model = "model-x" }, path, new ExportOptions { CheckpointEvery = 7, By = "me" });

        Assert.Equal((30L, Hashing.Sha256File(path), 0L), (export.Exchanges, export.Sha256, export.Resumed));
        Assert.Equivalent(exchanges, JsonLines.Read<Exchange>(path).ToArray(), strict: true);
        var manifest = JsonNode.Parse(await File.ReadAllBytesAsync(path + ".manifest.json"))!;
        Assert.Equal(("tda.exchanges", export.Sha256), ((string)manifest["format"]!, (string)manifest["sha256"]!));
        Assert.Equal(("s-1-0001", "s-1-0030", 60), ((string)manifest["first_id"]!, (string)manifest["last_id"]!, (int)manifest["redactions"]!));
        Assert.Equal("""{"model":"model-x"}""", manifest["filter"]!.ToJsonString());
        Assert.Equal(session.ChainHead, (string)manifest["heads"]![0]!["chain"]!);
        Assert.Equal(new FileInfo(path).Length, (long)manifest["bytes"]!);
        var entry = Assert.Single(await store.AuditsAsync());
        Assert.Equal(("export", path, "me"), (entry.Action, entry.Subject, entry.Actor));
    }

    [Theory]
    [InlineData(Databases.Sqlite, "out.jsonl")]
    [InlineData(Databases.Sqlite, "out.jsonl.gz")]
    [InlineData(Databases.Postgres, "out.jsonl.gz")]
    public async Task ExportAsync_Interrupted_GoesOnAndGivesTheSameFile(string database, string name)
    {
        await using var log = await TestLog.CreateAsync(database);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 100);
        await store.AppendAsync(exchanges, [session]);
        var options = new ExportOptions { CheckpointEvery = 10 };
        var whole = await ExchangeExporter.ExportAsync(store, ExchangeFilter.All, log.Directory["whole/" + name], options);
        var path = log.Directory[name];

        foreach (var stop in (long[])[20, 50])
        {
            using var cancel = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                ExchangeExporter.ExportAsync(store, ExchangeFilter.All, path, options, new StoppingProgress(stop, cancel), cancel.Token));
            Assert.False(File.Exists(path));

            // What a kill leaves beyond the last checkpoint, and what was recorded meanwhile, is not in it.
            await File.AppendAllTextAsync(path + ".part", "half a line");
            await store.AppendAsync(StoreSamples.Minimal($"later-{stop}", Start.AddDays(1)));
        }

        await Assert.ThrowsAsync<UsageException>(() => ExchangeExporter.ExportAsync(store, new() { Model = "other" }, path, options));
        var resumed = await ExchangeExporter.ExportAsync(store, ExchangeFilter.All, path, options);

        Assert.True(resumed.Resumed >= 50, $"it went on from {resumed.Resumed}");
        Assert.Equal(whole.Sha256, resumed.Sha256);
        Assert.Equal(await File.ReadAllBytesAsync(whole.Path), await File.ReadAllBytesAsync(path));
        Assert.Equal(["out.jsonl", "out.jsonl.manifest.json"], Directory.GetFiles(log.Directory.Path, "out*").Select(file => Path.GetFileName(file).Replace(".gz", "", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task ExportAsync_SidesOfASplit_AreWhatDistillationLearnsFromAndMeasures()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 40);
        Exchange[] kept = [.. exchanges.Select((exchange, i) => Answered(exchange, i) with { Tags = new Dictionary<string, string> { [ExchangeTags.Distill] = i % 4 == 0 ? ExchangeTags.No : "yes" } })];
        await store.AppendAsync(kept, [session]);

        async Task<string[]> SideAsync(SplitSide side) =>
            [.. JsonLines.Read<Exchange>((await ExchangeExporter.ExportAsync(store, ExchangeFilter.All, log.Directory[$"{side}.jsonl"], new ExportOptions { Split = new(side, .3) })).Path).Select(exchange => exchange.Id)];
        var (train, heldOut) = (await SideAsync(SplitSide.Train), await SideAsync(SplitSide.HeldOut));

        var willing = kept.Where(exchange => exchange.Tags[ExchangeTags.Distill] != ExchangeTags.No).ToArray();
        Assert.Equal(willing.Where(exchange => ExchangeSplit.IsHeldOut(exchange.Prompt!, .3)).Select(exchange => exchange.Id), heldOut);
        Assert.Equal(willing.Select(exchange => exchange.Id).Except(heldOut), train);
        Assert.InRange(heldOut.Length, 1, train.Length);
        var manifest = JsonNode.Parse(await File.ReadAllBytesAsync(log.Directory["HeldOut.jsonl.manifest.json"]))!;
        Assert.Equal(("held_out", .3, heldOut.Length), ((string)manifest["filter"]!["split"]!, (double)manifest["filter"]!["held_out"]!, (int)manifest["exchanges"]!));
    }

    [Fact]
    public async Task ExportAsync_InterruptedSplit_GoesOnAndRefusesTheOtherSide()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        var store = await log.OpenAsync();
        var (session, exchanges) = StoreSamples.Run("s-1", Start, 600);
        await store.AppendAsync([.. exchanges.Select(Answered)], [session]);
        var options = new ExportOptions { CheckpointEvery = 10, Split = new(SplitSide.Train, .5) };
        var whole = await ExchangeExporter.ExportAsync(store, ExchangeFilter.All, log.Directory["whole.jsonl"], options);
        var path = log.Directory["out.jsonl"];
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ExchangeExporter.ExportAsync(store, ExchangeFilter.All, path, options, new StoppingProgress(30, cancel), cancel.Token));

        await Assert.ThrowsAsync<UsageException>(() => ExchangeExporter.ExportAsync(store, ExchangeFilter.All, path, options with { Split = new(SplitSide.HeldOut, .5) }));
        await Assert.ThrowsAsync<UsageException>(() => ExchangeExporter.ExportAsync(store, ExchangeFilter.All, path, options with { Split = null }));
        var resumed = await ExchangeExporter.ExportAsync(store, ExchangeFilter.All, path, options);
        Assert.InRange(resumed.Resumed, 1, whole.Exchanges - 1);
        Assert.Equal(whole.Sha256, resumed.Sha256);
    }

    [Fact]
    public async Task ExportAsync_FullDisk_KeepsWhatWasThere()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        var store = await log.OpenAsync();
        await store.AppendAsync(StoreSamples.Minimal("a", Start));
        var path = log.Directory.Write("log.jsonl", "old\n");
        FullDisk.At(path);

        var error = await Assert.ThrowsAsync<TdaException>(() => ExchangeExporter.ExportAsync(store, ExchangeFilter.All, path));

        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Equal("old\n", await File.ReadAllTextAsync(path));
    }

    // The link became the export, and hashing it never ended: /dev/full reads as zeros without end.
    [Fact]
    public async Task ExportAsync_EmptyLogToALink_EndsWithAnError()
    {
        await using var log = await TestLog.CreateAsync(Databases.Sqlite);
        var store = await log.OpenAsync();
        var path = log.Directory["log.jsonl"];
        FullDisk.At(path);

        var error = await Assert.ThrowsAsync<TdaException>(() => ExchangeExporter.ExportAsync(store, ExchangeFilter.All, path).WaitAsync(TimeSpan.FromMinutes(1)));

        Assert.Contains("is a link", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    private static Exchange Answered(Exchange exchange, int number) =>
        exchange with { Prompt = $"question {number}", Response = "an answer", State = TerminalState.Complete, Status = 200 };

    /// <summary>Stops the export when it reports that it has come so far.</summary>
    private sealed class StoppingProgress(long at, CancellationTokenSource cancel) : IProgressSink, IProgressTask
    {
        public IProgressTask Start(string name, double total, string unit) => this;

        public void Message(string line)
        {
        }

        public void Report(double done, string? detail = null)
        {
            if (done >= at)
            {
                cancel.Cancel();
            }
        }

        public void Dispose()
        {
        }
    }
}
