using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>From the log to queries: answers are named by a filter, by the beginning of an id, or by an export.</summary>
public sealed class LogQueryTests(SmallHome small) : IClassFixture<SmallHome>, IAsyncLifetime
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public async ValueTask InitializeAsync()
    {
        await using var store = await ExchangeStore.OpenAsync(new TdaHome(_tda.Home));
        for (var i = 0; i < 6; i++)
        {
            var words = i % 2 == 0 ? SampleDocuments.Bad : SampleDocuments.Good;
            await store.AppendAsync(LoggedExchange.Of(i) with
            {
                Model = i < 4 ? "ours-1" : "ours-2",
                Prompt = string.Join(' ', words.Skip(i).Take(3)),
                Response = string.Join(' ', words.Skip(i + 3).Take(6)),
                Usage = new(100, 50, 150),
            });
        }

        await store.AppendAsync(new Exchange
        {
            Id = "01a00000-0000-7000-8000-000000000000",
            Route = "/v1/models",
            Method = "GET",
            Path = "/v1/models",
            StartedAt = new DateTimeOffset(2026, 11, 9, 0, 0, 0, TimeSpan.Zero),
            State = TerminalState.Complete,
        });
        await File.WriteAllLinesAsync(_tda.Folder["words.txt"], SampleDocuments.Bad);
    }

    public ValueTask DisposeAsync()
    {
        _tda.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task ShowAndList_TextThatMovesTheCursor_SpeltOut()
    {
        const string Id = "01b00000-0000-7000-8000-000000000000";
        await using (var store = await ExchangeStore.OpenAsync(new TdaHome(_tda.Home)))
        {
            await store.AppendAsync(new Exchange
            {
                Id = Id,
                Route = "/v1/chat/completions",
                Method = "POST",
                Path = "/v1/chat/completions",
                StartedAt = new DateTimeOffset(2026, 11, 10, 0, 0, 0, TimeSpan.Zero),
                State = TerminalState.Complete,
                Model = "m\e]0;renamed\a",
                Prompt = "\e[2Jgone",
                Response = "a\rb",
            });
        }

        foreach (var shown in (ProcessResult[])[await _tda.RunAsync("exchanges", "show", Id), await _tda.RunAsync("exchanges", "list", "--limit", "1")])
        {
            Assert.Equal(0, shown.ExitCode);
            Assert.DoesNotContain('\e', shown.Output);
            Assert.DoesNotContain('\r', shown.Output);
            Assert.Contains("[U+001B ESC][2Jgone", shown.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Label_ThenAttributeAndGuideByLabel_TakesTheAnswersThatItNames()
    {
        var labelled = await _tda.JsonAsync("label", "exchanges", "all", "--with", "words:words.txt");
        Assert.Equal((7, 1), (Count(labelled, "exchanges"), Count(labelled, "unanswered")));
        Assert.Equal(("harm", 3, 3), ((string)labelled["labels"]![0]!["label"]!, Count(labelled["labels"]![0]!, "yes"), Count(labelled["labels"]![0]!, "no")));

        // Labelled by the same labeler once: what was paid for isn't paid for again.
        var again = await _tda.JsonAsync("label", "exchanges", "all", "--with", "words:words.txt");
        Assert.Equal((0, 6), (Count(again["labels"]![0]!, "yes"), Count(again, "already")));

        // A second labeler's label, held against the first's.
        _tda.Folder.Write("rules.yaml", $"labels:\n  bad:\n    - words: [{string.Join(", ", SampleDocuments.Bad)}]\n");
        await _tda.JsonAsync("label", "exchanges", "all", "--with", "rules.yaml");
        var agreement = await _tda.JsonAsync("label", "agreement", "--exchanges", "all", "--label", "bad>=.5", "--reference", "harm");
        Assert.Equal((6, 1, 1.0), (Count(agreement, "compared"), Count(agreement, "missing"), (double)agreement["agreement"]!["kappa"]!));

        await _tda.JsonAsync("attribute", "--index", "lg", "--exchanges", "label:harm>=.5 model:ours-1", "--run", "harmful", "--force");
        Assert.Equal(["8000", "8002"], Explained("harmful"));

        await _tda.JsonAsync("guide", "--index", "ek", "--harm-label", "harm", "--run", "guided");
        Assert.Equal(["8000", "8002", "8004", "8001", "8003", "8005"], Lines("guided", "members.jsonl").Where(line => (string)line["target"]! == "differential").Select(Suffix));
    }

    [Fact]
    public async Task Attribute_MoreThanTheMost_TakesTheNewestAndSaysSo()
    {
        var result = await _tda.RunAsync("attribute", "--index", "lg", "--exchanges", "since:2026-11-02", "--max-queries", "2", "--run", "newest", "--force");

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["8004", "8005"], Explained("newest"));
        Assert.Contains("the newest 2 are taken, 3 more match (--max-queries)", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 exchanges without a prompt or a response are left out", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attribute_ExportFile_IsReadAsItIs()
    {
        await _tda.JsonAsync("exchanges", "export", "model:ours-2", "--out", "log.jsonl");

        await _tda.JsonAsync("attribute", "--index", "lg", "--queries", "log.jsonl", "--run", "exported", "--force");

        Assert.Equal(["8004", "8005"], Explained("exported"));
    }

    [Fact]
    public async Task Exchange_ByTheBeginningOfItsId_IsFoundOrItsLikesAreNamed()
    {
        Assert.Equal("/v1/models", (string)(await _tda.JsonAsync("exchanges", "show", "01a"))["route"]!);
        await _tda.JsonAsync("attribute", "--index", "lg", "--exchange", "0193d2a0-0000-7000-8003", "--run", "one", "--force");
        Assert.Equal(["8003"], Explained("one"));

        Assert.Contains("tda exchanges list", (await _tda.FailsAsync(2, "exchanges", "show", "zz")).Error, StringComparison.Ordinal);
        var several = await _tda.FailsAsync(2, "exchanges", "show", "0193");
        Assert.Contains("several exchanges begin with 0193: 0193d2a0-0000-7000-8000-000000000000, ", several.Error, StringComparison.Ordinal);
        Assert.Contains(", …. Give more of the id.", several.Error, StringComparison.Ordinal);
        Assert.Contains("there is no exchange 02", (await _tda.FailsAsync(2, "attribute", "--index", "lg", "--exchange", "02")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_SinceStatusAndPrices_RowsWithModelRouteAndCostAndHowManyThereAre()
    {
        await File.WriteAllTextAsync(_tda.Folder["prices.json"], "{\"models\":{\"ours-*\":{\"input\":1,\"output\":2}}}");

        var listed = await _tda.RunAsync("exchanges", "list", "--since", "2026-11-03", "--status", "2xx", "--limit", "2", "--prices", "prices.json");

        Assert.True(listed.ExitCode == 0, $"{listed}");
        var lines = listed.Output.TrimEnd().Split('\n');
        Assert.Equal("id started status time state model route tokens cost prompt response".Replace(' ', '\t'), lines[0]);
        Assert.StartsWith("0193d2a0-0000-7000-8005-000000000000\t2026-11-06 00:00:00Z\t200\t0 ms\tcomplete\tours-2\t/v1/chat/completions\t150 tokens\t0.000200 USD\t", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("2 of 4 exchanges in ", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_ByModel_TokensAndCost()
    {
        await File.WriteAllTextAsync(Path.Combine(_tda.Home, "prices.json"), "{\"currency\":\"EUR\",\"models\":{\"ours-1\":{\"input\":1000000,\"output\":0}}}");

        var usage = await _tda.JsonAsync("exchanges", "usage", "since:2026-11-02");

        Assert.Equal(("model", "EUR", 6, 0, 2), ((string)usage["by"]!, (string)usage["currency"]!, (int)usage["total"]!["exchanges"]!, (int)usage["total"]!["uncounted"]!, (int)usage["total"]!["unpriced"]!));
        Assert.Equal([("ours-1", 300m), ("ours-2", null), (null, null)], usage["rows"]!.AsArray().Select(row => ((string?)row!["name"], (decimal?)row["cost"])));
    }

    [Theory]
    [InlineData(2, "exchanges list --since yesterday", "--since must be a date")]
    [InlineData(2, "exchanges list --status many", "--status must be a status such as 429, or 4xx")]
    [InlineData(3, "exchanges usage --prices none.json", "none.json")]
    [InlineData(2, "attribute --index lg --exchanges modle:ours-1", "at character 1: there is no field 'modle'; did you mean 'model'?")]
    [InlineData(2, "exchanges list lable:harm", "did you mean 'label'?")]
    [InlineData(2, "distill --corpus web --name s --exchanges tga=team", "did you mean 'tag'?")]
    [InlineData(2, "attribute --index lg --exchanges model:a --queries q.jsonl", "in one way")]
    [InlineData(2, "guide --index ek --harm q.jsonl --harm-exchanges label:harm", "in one way")]
    [InlineData(2, "guide --index ek --harm q.jsonl --safe q.jsonl --safe-exchanges label:harm", "in one way")]
    [InlineData(2, "attribute --index lg --exchanges model:ours-1 --max-queries 0", "--max-queries 0")]
    [InlineData(3, "attribute --index lg --exchanges model:theirs", "--exchanges 'model:theirs': no exchange in")]
    [InlineData(3, "guide --index ek --harm-exchanges label:harm", "--harm-exchanges 'label:harm': no exchange in")]
    [InlineData(3, "attribute --index lg --exchanges route:/v1/models", "none of the 1 exchanges that match has both a prompt and a response")]
    [InlineData(3, "attribute --index lg --queries docs.jsonl", "the fields are source, text")]
    [InlineData(3, "guide --index ek --harm docs.jsonl", "--harm-exchanges FILTER takes answers from the log")]
    [InlineData(3, "label exchanges model:theirs --with words:words.txt", "'model:theirs': no exchange in")]
    [InlineData(2, "label exchanges all --with words:words.txt --name a<b", "name 'a<b'")]
    [InlineData(2, "guide --index ek --harm-label harm --harm-exchanges label:harm", "in one way")]
    [InlineData(2, "guide --index ek --harm-label harm>=2", "isn't a condition on a label")]
    [InlineData(3, "attribute --index lg --harm-label harm>=.5", "--harm-label 'label:harm>=0.5': no exchange in")]
    public async Task Run_FilterOrFileThatHelpsNothing_SaysWhichAndWhatWould(int code, string line, string named) =>
        Assert.Contains(named, (await _tda.FailsAsync(code, line.Split(' '))).Error, StringComparison.Ordinal);

    private static int Count(JsonNode result, string what) => (int)result[what]!;

    private static string Suffix(JsonNode line) => ((string)(line["query"]?["id"] ?? line["id"])!).Split('-')[3];

    private string[] Explained(string run) => [.. Lines(run, "queries.jsonl").Select(Suffix)];

    private IEnumerable<JsonNode> Lines(string run, string file) => File.ReadLines(_tda.InHome("runs", run, file)).Select(line => JsonNode.Parse(line)!);
}
