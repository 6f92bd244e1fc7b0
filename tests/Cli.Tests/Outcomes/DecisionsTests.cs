using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>What reviewers decided at the desk: looked into by `tda decisions`, and obeyed by `tda curate`.</summary>
public sealed class DecisionsTests(SmallHome home) : IClassFixture<SmallHome>, IAsyncLifetime, IDisposable
{
    private const string Plan = "stages:\n  - influence: { run: r, documents: 2 }\n";
    private static readonly DateTimeOffset At = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TdaHomeRunner _tda = home.Copy();
    private string[] _ids = [];
    private int _acts;

    public async ValueTask InitializeAsync()
    {
        _tda.Folder.Write("curation.yaml", Plan);
        _ids = [.. Corpus.Open(_tda.InHome("corpora", "web")).Documents().Select(document => document.Id)];
        await DecideAsync(
            Decision(_ids[0], ReviewVerdict.Drop) with { Reason = "spam", Note = "a\u202enote" },
            Decision(_ids[1], ReviewVerdict.Keep) with { By = "bob" },
            Decision("elsewhere", ReviewVerdict.Drop));
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Curate_DecisionsInTheLog_AreObeyedUnlessLeftOut()
    {
        var shown = await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --dry-run".Split(' ')]);
        var done = await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --name web2".Split(' ')]);
        var without = await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --name web3 --decisions none".Split(' ')]);

        Assert.Equal("""{"obeyed":2,"elsewhere":1,"last":3}""", done["decisions"]!.ToJsonString());
        Assert.True(JsonNode.DeepEquals(done["decisions"], shown["summary"]!["decisions"]));
        Assert.Equal(2, (int)done["overridden"]!);
        Assert.Contains("1 decision is on a document that this corpus doesn't have", done["notes"]!.AsArray().Select(note => (string)note!));
        var dropped = File.ReadLines(_tda.InHome("corpora", "web2", "ledger.jsonl")).Select(line => JsonNode.Parse(line)!).Single(line => (string)line["id"]! == _ids[0]);
        Assert.Equal((0, "drop", "drop by ann (spam): a\u202enote"), ((int)dropped["stage"]!, (string)dropped["action"]!, (string)dropped["override"]!));
        Assert.DoesNotContain(_ids[0], Corpus.Open(_tda.InHome("corpora", "web2")).Documents().Select(document => document.Id));
        Assert.Contains(_ids[1], Corpus.Open(_tda.InHome("corpora", "web2")).Documents().Select(document => document.Id));
        Assert.Equal((0, null), ((int)without["overridden"]!, without["decisions"]));
    }

    [Fact]
    public async Task Curate_FileAndLogDiffer_Is3AndNamesBoth()
    {
        _tda.Folder.Write("o.jsonl", $$"""{"id":"{{_ids[0]}}","decision":"keep","reviewer":"eve"}""");

        var error = (await _tda.FailsAsync(3, [.. "curate --corpus web --plan curation.yaml --name web2 --overrides o.jsonl".Split(' ')])).Error;

        Assert.Contains("keep by eve here, drop by ann there", error, StringComparison.Ordinal);
        await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --name web2 --overrides o.jsonl --decisions none".Split(' ')]);
    }

    [Fact]
    public async Task Explain_WithAPlan_ObeysTheLogToo()
    {
        var way = await _tda.JsonAsync("curate", "explain", _ids[0], "--corpus", "web", "--plan", "curation.yaml");
        var without = await _tda.JsonAsync("curate", "explain", _ids[0], "--corpus", "web", "--plan", "curation.yaml", "--decisions", "none");

        Assert.Equal(0, (int)way["dropped"]!);
        Assert.NotEqual(0, (int?)without["dropped"]);
        await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --name web2".Split(' ')]);
        var error = (await _tda.FailsAsync(2, "curate", "explain", _ids[0], "--corpus", "web2", "--decisions", "log")).Error;
        Assert.Contains("--decisions belongs to --plan", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curate_NoLog_NothingToObeyUnlessAskedFor()
    {
        using var bare = new TdaHomeRunner();
        SampleDocuments.Write(bare.Folder["docs.jsonl"], documents: 9);
        await bare.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        bare.Folder.Write("curation.yaml", "stages:\n  - length: { min_words: 1 }\n");

        var error = (await bare.FailsAsync(3, [.. "curate --corpus web --plan curation.yaml --name web2 --decisions log".Split(' ')])).Error;
        var done = await bare.JsonAsync([.. "curate --corpus web --plan curation.yaml --name web2".Split(' ')]);

        Assert.Contains("there is no log, which reviewers' decisions stand in", error, StringComparison.Ordinal);
        Assert.Null(done["decisions"]);
        Assert.False(File.Exists(bare.InHome("tda.db")));
    }

    [Fact]
    public async Task List_Filters_NewestFirst()
    {
        await using (var store = Reviews())
        {
            await store.UndoAsync("act-000003", "bob", At.AddDays(1));
        }

        await ExpectAsync([4, 3, 2, 1]);
        await ExpectAsync([4, 2], "--by", "bob");
        await ExpectAsync([3, 1], "--verdict", "drop");
        await ExpectAsync([4, 3], "--limit", "2");
        await ExpectAsync([4], "--since", "2026-06-02");
        await ExpectAsync([3, 2, 1], "--before", "2026-06-02");
        await ExpectAsync([], "--on", "exchange");
        Assert.Contains("must be a date such as", (await _tda.FailsAsync(2, "decisions", "list", "--since", "yesterday")).Error, StringComparison.Ordinal);
        var text = (await _tda.RunAsync("decisions", "list")).Output;
        Assert.Contains("undo act-000003", text, StringComparison.Ordinal);
        Assert.Contains("4 decisions in ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202e", text, StringComparison.Ordinal);

        async Task ExpectAsync(int[] numbers, params string[] options)
        {
            var listed = await _tda.JsonAsync(["decisions", "list", .. options]);
            Assert.Equal(numbers, listed.AsArray().Select(decision => (int)decision!["number"]!));
        }
    }

    [Fact]
    public async Task Show_ASubject_WhereItStandsAndItsHistory()
    {
        await DecideAsync(Decision(_ids[0], ReviewVerdict.Keep) with { By = "bob" });

        var shown = await _tda.JsonAsync("decisions", "show", _ids[0]);

        Assert.Equal(("document", "disagreed", 2), ((string)shown["subject"]!["kind"]!, (string)shown["status"]!, (int)shown["reviewers"]!));
        Assert.Equal([1, 4], shown["history"]!.AsArray().Select(decision => (int)decision!["number"]!));
        Assert.Equal([1, 4], shown["counting"]!.AsArray().Select(number => (int)number!));
        Assert.Contains("disagreed, by 2 whose decisions count", (await _tda.RunAsync("decisions", "show", _ids[0])).Output, StringComparison.Ordinal);
        Assert.Contains("nobody decided on nothing", (await _tda.FailsAsync(2, "decisions", "show", "nothing")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_TheHistory_WrittenWholeAndAudited()
    {
        var exported = await _tda.JsonAsync("decisions", "export", "--out", "all.jsonl");

        var lines = File.ReadLines(_tda.Folder["all.jsonl"]).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal((3, 3), ((int)exported["decisions"]!, (int)exported["last"]!));
        Assert.Equal([1, 2, 3], lines.Select(line => (int)line["number"]!));
        var expected = JsonNode.Parse($$"""
            {"number":1,"act":"act-000001","at":"2026-06-01T12:00:00+00:00","by":"ann","subject":{"kind":"document","id":"{{_ids[0]}}"},
             "verdict":"drop","version":"v","reason":"spam","note":"a\u202Enote","adjudicates":false}
            """);
        Assert.True(JsonNode.DeepEquals(expected, lines[0]), $"{lines[0]}");
        var audited = (await _tda.JsonAsync("exchanges", "audit")).AsArray()[0]!;
        Assert.Equal(("export", "3 decisions"), ((string)audited["action"]!, (string)audited["detail"]!));
        Assert.EndsWith("all.jsonl", (string)audited["subject"]!, StringComparison.Ordinal);
    }

    private IReviewStore Reviews() => ReviewStore.Beside(new(_tda.Home));

    private async Task DecideAsync(params ReviewDecision[] decisions)
    {
        await using var store = await ReviewStore.OpenAsync(new(_tda.Home));
        foreach (var decision in decisions)
        {
            await store.DecideAsync([decision]);
        }
    }

    private ReviewDecision Decision(string document, ReviewVerdict verdict) => new()
    {
        Act = $"act-{++_acts:D6}",
        At = At,
        By = "ann",
        Subject = ReviewSubject.Document(document),
        Verdict = verdict,
        Version = "v",
    };
}
