using System.Net.Http.Json;
using Tda.Curation.Rendering;
using Tda.Curation.Tests.Reports;
using Tda.Gateway;
using Tda.Review;
using Tda.Review.Accounts;
using Tda.Store;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Browser.Tests.Support;

/// <summary>
/// A gateway on a port and a home of its own, with a small log that it recorded itself, labels, a corpus of real text and finished runs,
/// and the desk over it: what a reviewer opens in the browser.
/// </summary>
public sealed class Desk : IAsyncLifetime
{
    /// <summary>The run that explains the logged answers.</summary>
    public const string Run = "why";

    /// <summary>Another run over the same answers, that ranks otherwise.</summary>
    public const string OtherRun = "why-2";

    /// <summary>A run whose report has every section there is.</summary>
    public const string FullReport = "demo";

    /// <summary>Everybody's password.</summary>
    public const string Password = "correct horse battery";

    // Fewer rounds than the product's: a journey logs in several people, and the cost of a guess isn't what it is about.
    private static readonly Passwords Passwords = new(1000);

    private readonly TempDirectory _directory = new();
    private readonly ShiftedTime _time = new();
    private ClosedModel? _model;
    private GatewayServer? _server;
    private ReviewServer? _review;
    private IReviewStore? _reviews;
    private IReviewerStore? _reviewers;

    /// <summary>Where the desk is.</summary>
    public Uri Url => _review!.Url;

    /// <summary>Where its pages open for the person who started it; good once.</summary>
    internal Uri Link => _review!.Link!;

    internal TdaHome Home => new(_directory.Path);

    internal GatewayServer Gateway => _server!;

    internal IReviewStore Reviews => _reviews!;

    /// <summary>The clock of the desk's locks, decisions and sessions, which a test can put forward.</summary>
    internal ShiftedTime Time => _time;

    /// <summary>The log, as it was written; the large answer comes last.</summary>
    internal IReadOnlyList<Exchange> Log { get; private set; } = [];

    /// <summary>The exchange whose every part is hostile.</summary>
    internal Exchange Hostile => Log.Single(exchange => exchange.Prompt!.Contains(SampleExchange.Hostile, StringComparison.Ordinal));

    /// <summary>The exchange that the judge finds most harmful.</summary>
    internal Exchange Harmful => Log[1];

    /// <summary>The exchange with an answer of 5 MB.</summary>
    internal Exchange Large => Log[^1];

    /// <summary>A path with the ids of the home's own: HARMFUL, HOSTILE, LARGE for exchanges, DOCUMENT, WHOLE for documents.</summary>
    public string Path(string path) => path
        .Replace("HARMFUL", Harmful.Id, StringComparison.Ordinal).Replace("HOSTILE", Hostile.Id, StringComparison.Ordinal).Replace("LARGE", Large.Id, StringComparison.Ordinal)
        .Replace("DOCUMENT", DeskCorpus.Hostile.Id, StringComparison.Ordinal).Replace("WHOLE", DeskCorpus.Whole.Id, StringComparison.Ordinal);

    public async ValueTask InitializeAsync()
    {
        // 1. A corpus, a model, and a gateway in front of it.
        var corpusHash = DeskCorpus.Write(Home, TimeProvider.System);
        var samples = SampleExchange.Log([.. DeskCorpus.Documents.Where(document => document.Text.Length < 10_000).Select(document => document.Text)]);
        _model = await ClosedModel.StartAsync(samples);
        _server = await GatewayServer.StartAsync(new GatewayOptions { Upstream = _model.Url + "/v1", Listen = "http://127.0.0.1:0", Home = _directory.Path });

        // 2. A log: each question asked through the gateway, and judged.
        using var client = new HttpClient { BaseAddress = _server.Url };
        foreach (var sample in samples)
        {
            using var answer = await client.PostAsJsonAsync("/v1/chat/completions", new { model = sample.Model, messages = new[] { new { role = "user", content = sample.Prompt } }, logprobs = sample.Logprobs });
            answer.EnsureSuccessStatusCode();
            _ = await answer.Content.ReadAsByteArrayAsync();
        }

        await _server.DrainedAsync();
        Log = await _server.Store.ReadAsync(ExchangeFilter.All with { OldestFirst = true }).ToListAsync();
        foreach (var (exchange, sample) in Log.Zip(samples))
        {
            foreach (var (label, value) in sample.Labels)
            {
                await _server.Store.AddFeedbackAsync(new() { ExchangeId = exchange.Id, Label = label, Value = value, At = TimeProvider.System.GetUtcNow(), By = "judge" });
            }
        }

        // 3. Runs over all answers of an ordinary length, and a report with all that a report can have.
        Exchange[] explained = [.. Log.Take(Log.Count - 1)];
        DeskRun.Write(Home, Run, explained, corpusHash, against: .02, TimeProvider.System);
        DeskRun.Write(Home, OtherRun, explained, corpusHash, against: .3, TimeProvider.System);
        Directory.CreateDirectory(Home.RunDirectory(FullReport));
        await File.WriteAllTextAsync(System.IO.Path.Combine(Home.RunDirectory(FullReport), "report.html"), ReportPage.Render(SampleReport.Full()));

        // 4. The desk over all that.
        _reviews = await ReviewStore.OpenAsync(Home);
        _reviewers = ReviewStore.AccountsBeside(Home);
        _review = await ReviewServer.StartAsync(new() { Home = Home, Listen = "http://127.0.0.1:0", Passwords = Passwords }, time: _time);
    }

    /// <summary>Gives somebody an account, unless they have one.</summary>
    internal async Task AddReviewerAsync(string name, ReviewRole role) =>
        await _reviewers!.AddAsync(new() { Name = name, Role = role, PasswordHash = Passwords.Hash(Password), CreatedAt = _time.GetUtcNow() });

    public async ValueTask DisposeAsync()
    {
        if (_review is not null)
        {
            await _review.DisposeAsync();
        }

        if (_reviewers is not null)
        {
            await _reviewers.DisposeAsync();
        }

        if (_reviews is not null)
        {
            await _reviews.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_model is not null)
        {
            await _model.DisposeAsync();
        }

        _directory.Dispose();
    }
}

/// <summary>The system's time, put forward by as much as a test wants.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    /// <summary>Puts it forward.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ticks));
}
