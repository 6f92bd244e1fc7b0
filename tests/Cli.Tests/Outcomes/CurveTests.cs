using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>One training over λ, as a user sees it: `distill` and `lab train --response-over`, `curve`, `surrogate materialise`.</summary>
public sealed class CurveTests(CurveHome home) : IClassFixture<CurveHome>, IDisposable
{
    private const string Asking = "--prompts prompts.jsonl --benign benign.jsonl --judge words:words.txt --max-tokens 6";
    private readonly TdaHomeRunner _tda = home.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Curve_LabModel_MeasuresEachLambdaAndReachesTheRunsReport()
    {
        await _tda.JsonAsync([.. $"measure --lab over --at 2 {Asking} --out trained".Split(' ')]);
        var line = $"curve --lab over {Asking} --out c --at 0.2,5 --beside 2=trained --run r";
        var curve = await _tda.JsonAsync(line.Split(' '));

        Assert.Equal(("over", .1, 10), ((string)curve["model"]!, (double)curve["low"]!, (double)curve["high"]!));
        var points = curve["points"]!.AsArray();
        Assert.Equal([.2, 2, 5], points.Select(point => (double)point!["penalty"]!));
        Assert.Equal(["c-at-0.2", "c-at-2", "c-at-5"], points.Select(point => (string)point!["measurement"]!));
        Assert.Equal("lab over at λ 0.2", (string)points[0]!["summary"]!["model"]!);
        // The model of another λ is another model; that of the same λ is the same.
        Assert.NotEqual((double)points[0]!["summary"]!["perplexity"]!["value"]!, (double)points[2]!["summary"]!["perplexity"]!["value"]!);
        Assert.Equal((double)points[1]!["summary"]!["perplexity"]!["value"]!, (double)points[1]!["beside"]!["summary"]!["perplexity"]!["value"]!);

        var drawn = JsonNode.Parse(File.ReadAllText(_tda.InHome("runs", "r", "curve.json")))!["points"]!.AsArray();
        Assert.Equal(["response", "response", "response"], drawn.Select(point => (string)point!["kind"]!));
        Assert.Equal(points.Select(point => (double)point!["summary"]!["harm"]!["rate"]!), drawn.Select(point => (double)point!["harm"]!));
        await _tda.JsonAsync("report", "r");
        var page = File.ReadAllText(_tda.InHome("runs", "r", "report.html"));
        Assert.Contains("class=\"response-line\"", page, StringComparison.Ordinal);
        Assert.Contains("one training over λ, at 0.2", page, StringComparison.Ordinal);

        // Again: what was measured stands, and the run has each point once. In a terminal it is a table of 80 columns.
        var made = File.GetLastWriteTimeUtc(_tda.InHome("measures", "c-at-0.2", "manifest.json"));
        var shown = await _tda.RunAsync(line.Split(' '));
        Assert.True(shown.ExitCode == 0, $"{shown}");
        Assert.All(shown.Output.Split('\n'), row => Assert.True(row.TrimEnd().Length <= 80, row));
        Assert.Contains("trained at λ", shown.Output, StringComparison.Ordinal);
        Assert.Equal(made, File.GetLastWriteTimeUtc(_tda.InHome("measures", "c-at-0.2", "manifest.json")));
        Assert.Equal(3, JsonNode.Parse(File.ReadAllText(_tda.InHome("runs", "r", "curve.json")))!["points"]!.AsArray().Count);

        var other = await _tda.FailsAsync(2, [.. $"curve --lab over {Asking} --out c --at 0.2 --temperature .5".Split(' ')]);
        Assert.Contains("asked otherwise", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Materialise_Surrogate_IsIndexedAndMeasuredAsAnyOther()
    {
        var made = await _tda.JsonAsync("surrogate", "materialise", "gated", "--at", "0.5", "--name", "plain");
        Assert.Equal((.5, .1, 10), ((double)made["penalty"]!, (double)made["low"]!, (double)made["high"]!));

        await _tda.JsonAsync([.. "index --surrogate plain --corpus web --name i --method logra --rank 2".Split(' ')]);
        await _tda.JsonAsync([.. "attribute --index i --queries q.jsonl --run a --force".Split(' ')]);
        var folded = await _tda.JsonAsync([.. $"measure --surrogate plain {Asking} --out m1".Split(' ')]);
        var moved = await _tda.JsonAsync([.. $"measure --surrogate gated --at 0.5 {Asking} --out m2".Split(' ')]);

        Assert.Equal((double)folded["perplexity"]!["value"]!, (double)moved["perplexity"]!["value"]!);
        Assert.Contains("surrogates/gated", (await _tda.RunAsync("show", "surrogates/plain")).Output, StringComparison.Ordinal);
        Assert.Contains("surrogates/plain", (await _tda.FailsAsync(2, "rm", "surrogates/gated", "--yes")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "distill --corpus masked --name x --exchanges none --response-over penalty:10..1", "penalty:LOW..HIGH")]
    [InlineData(2, "distill --corpus web --name x --exchanges none --response-over penalty:0.1..10", "token mask")]
    [InlineData(2, "lab train --corpus web --name x --epochs 1 --response-over penalty:0.1..10", "token mask")]
    [InlineData(2, "lab train --corpus masked --name x --penalty 2 --response-over penalty:0.1..10", "--penalty")]
    [InlineData(2, "surrogate materialise gated --at 11 --name x", "0.1 to 10")]
    [InlineData(3, "surrogate materialise small --at 1 --name x", "--response-over")]
    [InlineData(3, "surrogate materialise none --at 1 --name x", "none")]
    [InlineData(2, $"curve --lab over {Asking} --out x --at 0.01", "0.1 to 10")]
    [InlineData(2, $"curve --lab over {Asking} --out x --at nine", "nine")]
    [InlineData(2, $"curve --lab over {Asking} --out x --beside 1", "0.5=trained")]
    [InlineData(2, $"curve {Asking} --out x", "Name one model")]
    [InlineData(3, $"curve --surrogate small {Asking} --out x", "--response-over")]
    [InlineData(3, $"curve --lab gone {Asking} --out x", "labs/gone")]
    [InlineData(2, $"measure --endpoint http://127.0.0.1:1/v1 --model m --at 1 {Asking} --out x", "--at")]
    public async Task Ask_Wrongly_SaysWhat(int code, string line, string named)
    {
        var result = await _tda.FailsAsync(code, line.Split(' '));

        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tda.InHome("measures", "x")));
    }
}

/// <summary>The small home with a corpus that has a token mask, and a lab model and a surrogate trained on it over λ.</summary>
public sealed class CurveHome : IAsyncLifetime
{
    private readonly SmallHome _small = new();

    public async ValueTask InitializeAsync()
    {
        await _small.InitializeAsync();
        var tda = _small.Made;
        await File.WriteAllLinesAsync(tda.Folder["words.txt"], SampleDocuments.Bad);
        SampleDocuments.WritePrompts(tda.Folder["prompts.jsonl"], SampleDocuments.Bad, 4);
        SampleDocuments.WritePrompts(tda.Folder["benign.jsonl"], SampleDocuments.Good, 3);
        SampleDocuments.WriteQueries(tda.Folder["safe.jsonl"], SampleDocuments.Good, queries: 2, prefix: "s");
        await tda.JsonAsync([.. "guide --index ek --harm q.jsonl --safe safe.jsonl --quantile .5 --budget .2 --run g".Split(' ')]);
        await tda.JsonAsync([.. "curate --corpus web --run g --name masked --mask".Split(' ')]);
        const string Over = "--response-over penalty:0.1..10";
        await tda.JsonAsync([.. $"lab train --corpus masked --name over --epochs 2 --width 16 --layers 1 --heads 1 --vocabulary 270 {Over}".Split(' ')]);
        await tda.JsonAsync([.. $"distill --corpus masked --name gated --exchanges none --epochs 2 --width 16 --layers 1 --heads 1 --vocabulary 270 {Over}".Split(' ')]);
    }

    public ValueTask DisposeAsync() => _small.DisposeAsync();

    internal TdaHomeRunner Copy() => _small.Copy();
}
