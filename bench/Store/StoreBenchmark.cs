using System.Diagnostics;
using Dapper;
using Tda.Store;
using Tda.Store.Exports;
using Tda.Store.Maintenance;
using Tda.Store.Sql;
using Tda.Store.Verification;

namespace Tda.Bench.Store;

/// <summary>Fills a log, asks for every kind of page, then exports, verifies and prunes it.</summary>
internal sealed class StoreBenchmark(IStorePlace place, string directory, int count, int batch)
{
    private const int Seed = 20260110;
    private const int PageRows = 50;
    private const int Repetitions = 21;

    public async Task<StoreResult> RunAsync(CancellationToken cancel)
    {
        // 1. Fill. Generating is not timed.
        await using var store = await place.OpenAsync().ConfigureAwait(false);
        var generator = new ExchangeGenerator(Seed);
        (var perSecond, var lastPerSecond, var slowest, var cpu) = await FillAsync(store, generator, cancel).ConfigureAwait(false);
        await MarkAsync(store).ConfigureAwait(false);
        (var version, var bytes) = await place.SettleAsync(store).ConfigureAwait(false);
        Say($"{place.Name} {version}: {perSecond:N0} inserts/s, the last tenth {lastPerSecond:N0}, slowest batch {slowest:N0} ms, {cpu:N0} µs of CPU each; {bytes / 1e9:N2} GB for {generator.BodyBytes / 1e9:N2} GB of bodies");

        // 2. Pages.
        var pages = new List<PageResult>();
        foreach ((var name, var filter) in Pages())
        {
            pages.Add(await PageAsync((SqlExchangeStore)store, name, filter, cancel).ConfigureAwait(false));
            Say($"  {name,-34} {pages[^1].Rows,4} rows {pages[^1].MedianMs,9:N2} ms, slowest {pages[^1].SlowestMs,9:N2} ms");
        }

        pages.Add(await TimeAsync("one exchange", i => store.GetAsync(ExchangeGenerator.IdOf(1 + (i * 7919L % count)), cancel), _ => 1).ConfigureAwait(false));
        pages.Add(await TimeAsync("count by state", _ => store.CountAsync(ExchangeFilter.All, cancel), _ => 1).ConfigureAwait(false));
        pages.Add(await TimeAsync("count up to 1000 of a word", _ => store.CountUpToAsync(new() { Text = ExchangeGenerator.WordOf(0) }, 1000, cancel), n => (int)n).ConfigureAwait(false));
        foreach (var page in pages[^3..])
        {
            Say($"  {page.Page,-34} {page.Rows,4} rows {page.MedianMs,9:N2} ms, slowest {page.SlowestMs,9:N2} ms");
        }

        // 3. The whole log.
        var exported = await RateAsync("exported", async () =>
            (await ExchangeExporter.ExportAsync(store, ExchangeFilter.All, Path.Combine(directory, "export.jsonl.gz"), cancellationToken: cancel).ConfigureAwait(false)).Exchanges).ConfigureAwait(false);
        var verified = await RateAsync("verified", async () => await VerifiedAsync(store, cancel).ConfigureAwait(false)).ConfigureAwait(false);
        var pruned = await RateAsync("pruned (a tenth)", () =>
            ExchangeRetention.PruneAsync(store, ExchangeGenerator.TimeOf(count / 10), "bench", TimeProvider.System, cancellationToken: cancel)).ConfigureAwait(false);
        await VerifiedAsync(store, cancel).ConfigureAwait(false);
        return new(place.Name, version)
        {
            InsertsPerSecond = perSecond,
            LastInsertsPerSecond = lastPerSecond,
            SlowestBatchMs = slowest,
            CpuMicrosecondsPerInsert = cpu,
            BodyBytes = generator.BodyBytes,
            DatabaseBytes = bytes,
            Pages = pages,
            ExportsPerSecond = exported,
            VerifiedPerSecond = verified,
            PrunedPerSecond = pruned,
        };
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static async Task<long> VerifiedAsync(IExchangeStore store, CancellationToken cancel)
    {
        var result = await ExchangeVerifier.VerifyAsync(store, cancellationToken: cancel).ConfigureAwait(false);
        return result.Passed ? result.Exchanges : throw new InvalidOperationException($"the log is not sound: {result.Faults[0]}");
    }

    private static async Task MarkAsync(IExchangeStore store)
    {
        for (var i = 1; i <= 200; i++)
        {
            await store.AddFeedbackAsync(new() { ExchangeId = ExchangeGenerator.IdOf(i * 37), Label = i % 2 == 0 ? "harmful" : "good", At = ExchangeGenerator.TimeOf(0) }).ConfigureAwait(false);
        }
    }

    private static async Task<double> RateAsync(string what, Func<Task<long>> work)
    {
        var start = Stopwatch.GetTimestamp();
        var rate = await work().ConfigureAwait(false) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Say($"  {what}: {rate:N0} exchanges/s");
        return rate;
    }

    private static async Task<PageResult> TimeAsync<T>(string name, Func<int, Task<T>> work, Func<T, int> rows)
    {
        var times = new List<double>();
        var given = 0;
        for (var i = 0; i < Repetitions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            given = rows(await work(i).ConfigureAwait(false));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return new(name, given, times[Repetitions / 2], times[^1], []);
    }

    private IEnumerable<(string Name, ExchangeFilter Filter)> Pages()
    {
        ExchangeFilter page = new() { Limit = PageRows };
        ExchangeCursor middle = new(ExchangeCursor.FirstPlace(ExchangeTime.ToMicroseconds(ExchangeGenerator.TimeOf(count / 2))));
        string common = ExchangeGenerator.WordOf(0), rare = ExchangeGenerator.WordOf(19_000);
        yield return ("newest", page);
        yield return ("oldest", page with { OldestFirst = true });
        yield return ("from the middle", page with { After = middle });
        yield return ("a minute", page with { From = ExchangeGenerator.TimeOf(count / 3), To = ExchangeGenerator.TimeOf(count / 3).AddMinutes(1) });
        yield return ("model", page with { Model = "model-5" });
        yield return ("model, from the middle", page with { Model = "model-5", After = middle });
        yield return ("state", page with { State = Core.Exchanges.TerminalState.Timeout });
        yield return ("model and state", page with { Model = "model-5", State = Core.Exchanges.TerminalState.Timeout });
        yield return ("client key", page with { Client = "key-3" });
        yield return ("tag", page with { TagName = "team", TagValue = "team-7" });
        yield return ("tag's name", page with { TagName = "team" });
        yield return ("feedback", page with { HasFeedback = true });
        yield return ("label and model", page with { FeedbackLabel = "harmful", Model = "model-5" });
        yield return ("common word", page with { Text = common });
        yield return ("common word, from the middle", page with { Text = common, After = middle });
        yield return ("rare word", page with { Text = rare });
        yield return ("two words", page with { Text = $"{common} {rare}" });
        yield return ("phrase", page with { Text = $"\"{common} {ExchangeGenerator.WordOf(1)}\"" });
        yield return ("prefix", page with { Text = rare[..4] + "*" });
        yield return ("word that is nowhere", page with { Text = "nowhereatall" });
        yield return ("rare word and model", page with { Text = rare, Model = "model-5" });
        yield return ("common word and tag", page with { Text = common, TagName = "team", TagValue = "team-7" });
    }

    private async Task<(double PerSecond, double LastPerSecond, double SlowestMs, double CpuMicroseconds)> FillAsync(IExchangeStore store, ExchangeGenerator generator, CancellationToken cancel)
    {
        var times = new List<(int Count, double Seconds)>();
        var cpu = TimeSpan.Zero;
        var said = 0;
        for (var done = 0; done < count;)
        {
            var exchanges = generator.Next(Math.Min(batch, count - done));
            var cpuBefore = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            await store.AppendAsync(exchanges, [generator.State()], cancel).ConfigureAwait(false);
            times.Add((exchanges.Count, Stopwatch.GetElapsedTime(start).TotalSeconds));
            cpu += Environment.CpuUsage.TotalTime - cpuBefore;
            done += exchanges.Count;
            if (done * 10L / count > said)
            {
                Say($"  {place.Name}: {++said * 10} % filled, {Rate(times[^Math.Max(1, times.Count / Math.Max(1, said))..]):N0} inserts/s");
            }
        }

        return (Rate(times), Rate(times[^Math.Max(1, times.Count / 10)..]), times.Max(time => time.Seconds) * 1000, cpu.TotalMicroseconds / count);

        static double Rate(List<(int Count, double Seconds)> some) => some.Sum(time => time.Count) / some.Sum(time => time.Seconds);
    }

    private static async Task<PageResult> PageAsync(SqlExchangeStore store, string name, ExchangeFilter filter, CancellationToken cancel)
    {
        var timed = await TimeAsync(name, async _ => await store.ListAsync(filter, cancel).CountAsync(cancel).ConfigureAwait(false), rows => rows).ConfigureAwait(false);
        var sql = new FilterSql(filter, store.Access.Dialect);
        if (filter.After is { } after)
        {
            sql.GoOnAfter(after, filter.OldestFirst);
        }

        sql.Parameters.Add("preview", ExchangeSummary.PreviewLength);
        sql.Parameters.Add("page", PageRows);
        var statement = Statements.SelectSummaries(sql, filter.OldestFirst);
        var plan = await store.Access.QueryAsync<IReadOnlyList<string>>(
            async connection => IsSqlite(store)
                ? [.. (await connection.QueryAsync("EXPLAIN QUERY PLAN " + statement, sql.Parameters).ConfigureAwait(false)).Select(row => (string)row.detail)]
                : [.. await connection.QueryAsync<string>("EXPLAIN " + statement, sql.Parameters).ConfigureAwait(false)],
            cancel).ConfigureAwait(false);
        return timed with { Plan = plan };

        static bool IsSqlite(SqlExchangeStore store) => store.Access.Dialect.Name == "sqlite";
    }
}
