using System.CommandLine;
using System.Diagnostics;
using Tda.Store;
using Tda.Store.Reviews;

namespace Tda.Bench.Store;

/// <summary>The verb `reviews`: what the desk asks of a log of a million exchanges on which 100,000 decisions were made.</summary>
internal static class ReviewsCommand
{
    private const int Seed = 20261201;
    private const int Batch = 250;
    private const int Repetitions = 21;

    public static Command Build()
    {
        var exchanges = new Option<int>("--exchanges") { Description = "Exchanges to fill in.", DefaultValueFactory = _ => 1_000_000 };
        var decisions = new Option<int>("--decisions") { Description = "Decisions, half on exchanges and half on documents.", DefaultValueFactory = _ => 100_000 };
        var only = new Option<string>("--only") { Description = "sqlite or postgres; empty: both.", DefaultValueFactory = _ => "" };
        var scratch = new Option<string>("--scratch") { Description = "Where the databases lie meanwhile; about 6 GB a million.", DefaultValueFactory = _ => Path.GetTempPath() };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("reviews", "Fills SQLite and PostgreSQL with exchanges, labels and decisions; times what the desk's pages ask.") { exchanges, decisions, only, scratch, results };
        verb.SetAction(async (parse, cancel) =>
        {
            var directory = Directory.CreateDirectory(Path.Combine(parse.GetValue(scratch)!, $"tda-bench-reviews-{Environment.ProcessId}")).FullName;
            try
            {
                var (count, made) = (parse.GetValue(exchanges), parse.GetValue(decisions));
                var report = new ReviewsReport(StoreMachine.Inspect(), count, made, []);
                foreach (var place in (IStorePlace[])[new SqlitePlace(directory), new PostgresPlace(directory)])
                {
                    if (!place.Name.Contains(parse.GetValue(only)!, StringComparison.OrdinalIgnoreCase))
                    {
                        continue;
                    }

                    await using (place)
                    {
                        report.Stores.Add(await RunAsync(place, count, made / 2, cancel).ConfigureAwait(false));
                    }

                    report.Write(parse.GetValue(results)!);
                }

                return 0;
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        });
        return verb;
    }

    private static async Task<ReviewsResult> RunAsync(IStorePlace place, int count, int acts, CancellationToken cancel)
    {
        // 1. Exchanges; a fifth more than are decided on are labelled, spread over the log.
        await using var store = await place.OpenAsync().ConfigureAwait(false);
        await using var reviews = place.OpenReviews();
        var generator = new ExchangeGenerator(Seed);
        for (var done = 0; done < count; done += Batch)
        {
            await store.AppendAsync(generator.Next(Math.Min(Batch, count - done)), [generator.State()], cancel).ConfigureAwait(false);
        }

        string[] labelled = [.. Enumerable.Range(0, acts + acts / 5).Select(i => ExchangeGenerator.IdOf(1 + (long)i * (count - 1) / (acts + acts / 5)))];
        foreach (var id in labelled)
        {
            await store.AddFeedbackAsync(new() { ExchangeId = id, Label = "harm", Value = .9, At = ExchangeGenerator.TimeOf(0), By = "bench" }, cancel).ConfigureAwait(false);
        }

        // 2. Decisions on the newest of them, each with one document: what is left lies behind all of these.
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < acts; i++)
        {
            ReviewDecision decision = new()
            {
                Act = $"act-{i:D8}",
                At = ExchangeGenerator.TimeOf(count),
                By = "ada",
                Subject = ReviewSubject.Exchange(labelled[^(i + 1)]),
                Verdict = i % 10 == 0 ? ReviewVerdict.Keep : ReviewVerdict.Drop,
                Version = "bench",
            };
            await reviews.DecideAsync([decision, decision with { Subject = ReviewSubject.Document($"document-{i:D8}"), Corpus = "bench" }], cancellationToken: cancel).ConfigureAwait(false);
        }

        var perSecond = acts / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var (version, _) = await place.SettleAsync(store).ConfigureAwait(false);
        Console.WriteLine(FormattableString.Invariant($"{place.Name} {version}: {perSecond:N0} acts of two decisions a second"));

        // 3. What the desk asks.
        List<PageResult> pages = [];
        ExchangeFilter harm = new() { FeedbackLabel = "harm", Limit = 50 };
        foreach (var (name, filter) in (List<(string, ExchangeFilter)>)
        [
            ("queue, another reviewer", harm with { Review = new() { WaitingFor = "bob" } }),
            ("queue, second of two reviewers", harm with { Review = new() { WaitingFor = "bob", ReviewersNeeded = 2 } }),
            ("random audit", new() { Limit = 50, Sample = 50, Review = new() { WaitingFor = "bob" } }),
            ("decided", new() { Limit = 50, Review = new() { Status = ReviewStatus.Decided } }),
            ("disagreement, none", new() { Limit = 50, Review = new() { Status = ReviewStatus.Disagreed } }),
        ])
        {
            pages.Add(await TimeAsync(name, async () => await store.ListAsync(filter, cancel).CountAsync(cancel).ConfigureAwait(false)).ConfigureAwait(false));
            pages.Add(await TimeAsync($"{name}, counted up to 10,001", async () => (int)await store.CountUpToAsync(filter, 10_001, cancel).ConfigureAwait(false)).ConfigureAwait(false));
        }

        string[] fifty = [.. labelled[^50..]];
        pages.Add(await TimeAsync("states of 50", async () => (await reviews.StatesAsync(ReviewSubjectKind.Exchange, fifty, cancel).ConfigureAwait(false)).Count).ConfigureAwait(false));
        pages.Add(await TimeAsync("history of one", async () => (await reviews.HistoryAsync(ReviewSubject.Exchange(fifty[0]), cancel).ConfigureAwait(false)).Count).ConfigureAwait(false));
        pages.Add(await TimeAsync("newest 50 decisions", async () => (await reviews.NewestAsync(cancellationToken: cancel).ConfigureAwait(false)).Count).ConfigureAwait(false));
        pages.Add(await TimeAsync("totals", async () => (await reviews.TotalsAsync(cancel).ConfigureAwait(false)).ByReviewer.Count).ConfigureAwait(false));
        pages.Add(await TimeAsync("verdicts for agreement", async () => (await reviews.RatedAsync(cancellationToken: cancel).ConfigureAwait(false)).Count).ConfigureAwait(false));
        pages.Add(await TimeAsync("all that curation obeys", async () => (await reviews.StandingAsync(cancel).ConfigureAwait(false)).Count).ConfigureAwait(false));
        foreach (var page in pages)
        {
            Console.WriteLine(FormattableString.Invariant($"  {page.Page,-52} {page.Rows,7} rows {page.MedianMs,9:N2} ms, slowest {page.SlowestMs,9:N2} ms"));
        }

        return new(place.Name, version, perSecond, pages);
    }

    private static async Task<PageResult> TimeAsync(string name, Func<Task<int>> work)
    {
        List<double> times = [];
        var rows = 0;
        for (var i = 0; i < Repetitions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            rows = await work().ConfigureAwait(false);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return new(name, rows, times[Repetitions / 2], times[^1], []);
    }
}

/// <summary>The committed results of the verb `reviews`.</summary>
/// <param name="Machine">Where it was measured.</param>
/// <param name="Exchanges">In the log.</param>
/// <param name="Decisions">Made, on exchanges and documents.</param>
/// <param name="Stores">What each database did.</param>
internal sealed record ReviewsReport(StoreMachine Machine, int Exchanges, int Decisions, List<ReviewsResult> Stores)
{
    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();

    public void Write(string directory)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, "reviews.json"), JsonSerializer.Serialize(this, JsonDefaults.Indented) + "\n");
    }
}

/// <summary>What one database did.</summary>
/// <param name="Store">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="ActsPerSecond">Acts of two decisions, one after the other.</param>
/// <param name="Pages">What the desk's pages ask.</param>
internal sealed record ReviewsResult(string Store, string Version, double ActsPerSecond, IReadOnlyList<PageResult> Pages);
