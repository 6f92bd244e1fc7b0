using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.Cli.Tests.Terminal;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>Curations by a plan: shown before, done, explained after; stopped with the table where they take too much.</summary>
public sealed class CuratePlanTests(SmallHome home) : IClassFixture<SmallHome>, IDisposable
{
    private const string Plan = "stages:\n  - length: { min_words: 12, max_words: 12 }\n  - influence: { run: r, documents: 2 }\n";

    private readonly TdaHomeRunner _tda = home.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Curate_DryRunThenRun_ShowsAndDoesTheSameAndDecidesOnce()
    {
        _tda.Folder.Write("curation.yaml", Plan);
        var shown = await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --dry-run --samples 1 --html dry.html".Split(' ')]);
        Assert.False(Directory.Exists(_tda.InHome("corpora", "web2")));
        Assert.Contains("unfinished", (await _tda.RunAsync("gc")).Output, StringComparison.Ordinal);
        Assert.Equal(2, shown["samples"]!.AsArray().Count + (shown["summary"]!["stages"]![0]!["reasons"]!.AsArray().Count == 0 ? 1 : 0));

        var done = await _tda.RunAsync([.. "curate --corpus web --plan curation.yaml --name web2".Split(' ')]);

        Assert.True(done.ExitCode == 0, $"{done}");
        Assert.Contains("Every stage's decisions are kept from before.", done.Error, StringComparison.Ordinal);
        var summary = JsonNode.Parse(await File.ReadAllTextAsync(_tda.InHome("corpora", "web2", "curation.json")))!;
        Assert.True(JsonNode.DeepEquals(shown["summary"], summary));
        Assert.Equal(Plan, await File.ReadAllTextAsync(_tda.InHome("corpora", "web2", "plan.yaml")));
        Assert.Contains("nothing is left over", (await _tda.RunAsync("gc")).Output, StringComparison.Ordinal);
        Assert.Contains("curation.yaml", (await _tda.RunAsync("ls", "corpora")).Output, StringComparison.Ordinal);
        var page = await File.ReadAllTextAsync(_tda.Folder["dry.html"]);
        Assert.Contains("Content-Security-Policy", page, StringComparison.Ordinal);
        Assert.Contains("2 influence", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curate_ByARun_IsAPlanOfOneStage()
    {
        _tda.Folder.Write("curation.yaml", "stages: [{ influence: { run: r, documents: 2 } }]");
        await _tda.JsonAsync([.. "curate --corpus web --run r --drop 2 --name one".Split(' ')]);
        await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --name other".Split(' ')]);

        foreach (var file in (string[])["ledger.jsonl", "curation.json"])
        {
            Assert.Equal(await File.ReadAllTextAsync(_tda.InHome("corpora", "one", file)), await File.ReadAllTextAsync(_tda.InHome("corpora", "other", file)));
        }

        Assert.Equal("stages:\n  - influence: { run: \"r\", documents: 2 }\n", await File.ReadAllTextAsync(_tda.InHome("corpora", "one", "plan.yaml")));
    }

    [Fact]
    public async Task Explain_DroppedAndKeptDocument_TellsTheirWay()
    {
        _tda.Folder.Write("curation.yaml", Plan);
        await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --name web2".Split(' ')]);
        var line = JsonNode.Parse(File.ReadLines(_tda.InHome("corpora", "web2", "ledger.jsonl")).First())!;
        var id = (string)line["id"]!;

        var way = await _tda.JsonAsync("curate", "explain", id[..9], "--corpus", "web2");
        var planned = await _tda.JsonAsync("curate", "explain", id, "--corpus", "web", "--plan", "curation.yaml");
        var text = await _tda.RunAsync("curate", "explain", id, "--corpus", "web2");

        Assert.True(JsonNode.DeepEquals(way, planned));
        Assert.Equal((id, (int)line["stage"]!), ((string)way["id"]!, (int)way["dropped"]!));
        Assert.Contains($"Stage {line["stage"]} dropped it.", text.Output, StringComparison.Ordinal);
        Assert.Contains("measured", text.Output, StringComparison.Ordinal);
        await _tda.FailsAsync(3, "curate", "explain", "xyz", "--corpus", "web2");
        Assert.Contains("wasn't made by stages", (await _tda.FailsAsync(2, "curate", "explain", id, "--corpus", "web")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curate_NothingWouldBeLeft_Is3WithTheTableUnlessAllowed()
    {
        _tda.Folder.Write("curation.yaml", "stages:\n  - length: { min_words: 999 }\n  - length\n");

        var result = await _tda.FailsAsync(3, [.. "curate --corpus web --plan curation.yaml --name none".Split(' ')]);

        Assert.Contains("1 length  drop too_short  12  100.0%", result.Error, StringComparison.Ordinal);
        Assert.Contains("curation.yaml, line 2: stage 1 (length) drops 12 of 12 documents, and none is left", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tda.InHome("corpora", "none")));
        var shown = await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --dry-run".Split(' ')]);
        Assert.Contains("none is left", (string)shown["stopped"]!, StringComparison.Ordinal);

        var allowed = await _tda.JsonAsync([.. "curate --corpus web --plan curation.yaml --name none --allow-empty".Split(' ')]);
        Assert.Equal(12, (int)allowed["dropped"]!);
    }

    [Theory]
    [InlineData("stages:\n  - lenght\n  - influence: { run: none, documents: -1 }\n", "line 2: there is no stage 'lenght'")]
    [InlineData("stages:\n  - lenght\n  - influence: { run: none, documents: -1 }\n", "there is no run of this name")]
    [InlineData("stages:\n  - lenght\n  - influence: { run: none, documents: -1 }\n", "documents is '-1'; it must be a whole number of at least 0")]
    [InlineData("stages:\n  - influence: { run: r, action: mask }\n", "the run has no token mask")]
    [InlineData("stages:\n  - length: { at_most: 2 }\n", "at_most is '2'; it must be a number between 0 and 1")]
    public async Task Curate_PlanThatCantBeDone_Is3AndSaysWhy(string plan, string reason)
    {
        _tda.Folder.Write("curation.yaml", plan);

        var result = await _tda.FailsAsync(3, [.. "curate --corpus web --plan curation.yaml --name web2".Split(' ')]);

        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tda.InHome("corpora", "web2")));
    }

    [Theory]
    [InlineData(3, "--corpus web --plan none.yaml --name web2", "there is no such file")]
    [InlineData(3, "--corpus none --plan curation.yaml --name web2", "there is no corpus of this name")]
    [InlineData(3, "--corpus web --plan curation.yaml --name web2 --overrides o.jsonl", "such as nobody")]
    [InlineData(2, "--corpus web --plan curation.yaml --run r --name web2", "--run can't stand beside --plan")]
    [InlineData(2, "--corpus web --plan curation.yaml --html x.html --name web2", "--html belongs to --dry-run")]
    [InlineData(2, "--corpus web --plan curation.yaml", "--name")]
    [InlineData(2, "--corpus web --name web2", "--plan")]
    public async Task Curate_WrongUse_SaysWhy(int code, string options, string reason)
    {
        _tda.Folder.Write("curation.yaml", Plan);
        _tda.Folder.Write("o.jsonl", """{"id":"nobody","decision":"drop","reviewer":"alice"}""");

        Assert.Contains(reason, (await _tda.FailsAsync(code, ["curate", .. options.Split(' ')])).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("curate --corpus web --plan curation.yaml --dry-run")]
    [InlineData("curate --corpus web --plan curation.yaml --name web2")]
    [InlineData("curate explain {0} --corpus web --plan curation.yaml")]
    [InlineData("curate stages")]
    public async Task Print_OnATerminalOf80Columns_FitsIt(string line)
    {
        _tda.Folder.Write("curation.yaml", Plan);
        var id = (string)(await _tda.JsonAsync("corpus", "show", "web"))["first"]![0]!["id"]!;

        (var code, _, var raw) = await PseudoTerminal.RunAsync(_tda, string.Format(CultureInfo.InvariantCulture, line, id));

        Assert.Equal(0, code);
        var screen = new Screen(width: 1000); // wide, so that what is too long for 80 isn't wrapped
        screen.Write(raw);
        Assert.All(screen.Rows.Where(row => !row.Contains(_tda.Home, StringComparison.Ordinal)), row => Assert.InRange(row.Length, 0, 80));
    }
}
