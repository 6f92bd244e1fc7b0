using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>What `tda attribute` does with answers that can't be explained, and with what is asked wrongly.</summary>
public sealed class AttributeTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Attribute_SurrogateThatDoesNotPredictTheAnswers_AbstainsWith0AndSaysSo()
    {
        var result = await _tda.RunAsync("attribute", "--index", "lg", "--queries", "q.jsonl", "--run", "r2");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("abstained from 2 of 2", result.Output, StringComparison.Ordinal);
        Assert.Contains("--force", result.Error, StringComparison.Ordinal);
        Assert.All(File.ReadLines(_tda.InHome("runs", "r2", "queries.jsonl")), line => Assert.True((bool)JsonNode.Parse(line)!["abstained"]!));

        // Nothing can be made of a run without scores: zeros for every document would be taken for scores.
        Assert.Contains("abstained", (await _tda.FailsAsync(3, "evaluate", "planted", "--run", "r2", "--source", "bad")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attribute_Methods_ListsThemAndNeedsNoIndex()
    {
        var methods = await _tda.JsonAsync("attribute", "--methods");

        string[] names = [.. methods.AsArray().Select(m => (string)m!["name"]!)];
        Assert.All(new[] { "ekfac", "logra", "tracin", "bm25", "fused" }, name => Assert.Contains(name, names));
        Assert.All(methods.AsArray(), m => Assert.NotEmpty((string)m!["summary"]!));
        Assert.All(methods.AsArray(), m => Assert.NotEmpty((string)m!["when"]!));
        var ekfac = methods.AsArray().Single(m => (string)m!["name"]! == "ekfac")!;
        Assert.Equal(("curvature", .383), ((string)ekfac["cost"]!, (double)ekfac["lds"]![0]!["value"]!));
    }

    [Fact]
    public async Task Attribute_WithoutCalibration_SaysUncalibratedAndZ_WithOneNats()
    {
        foreach (var (i, line) in File.ReadLines(_tda.Folder["docs.jsonl"]).Index())
        {
            var document = JsonNode.Parse(line)!;
            _tda.Folder.Write($"texts/{(string)document["source"]!}/{i}.txt", (string)document["text"]!);
        }

        await _tda.JsonAsync([.. "corpus import texts --name named".Split(' ')]);
        await _tda.JsonAsync([.. "index --surrogate small --corpus named --name nm".Split(' ')]);
        var plain = await _tda.RunAsync([.. "attribute --index nm --queries q.jsonl --run plain --force --store postgres://tda:secret@db.example/log".Split(' ')]);
        Assert.Equal(0, plain.ExitCode);
        Assert.All(["uncalibrated", "tda evaluate calibrate", "share", "z"], part => Assert.Contains(part, plain.Output, StringComparison.Ordinal));
        Assert.Matches(@"(bad|good)/\d+\.txt", plain.Output);
        Assert.DoesNotContain("nats if removed", plain.Output, StringComparison.Ordinal);
        var manifest = File.ReadAllText(_tda.InHome("runs", "plain", "manifest.json"));
        Assert.Contains("tda attribute --index nm --queries q.jsonl --run plain --force --store postgres://tda@db.example/log", manifest, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", manifest, StringComparison.Ordinal);

        _tda.Folder.Write("pairs.jsonl", string.Join('\n', Enumerable.Range(0, 20).Select(i => $$"""{"predicted":{{i}},"measured":{{i / 2.0 + (i % 3)}}}""")));
        await _tda.JsonAsync([.. "evaluate calibrate --run plain --pairs pairs.jsonl --out c.json".Split(' ')]);
        var nats = await _tda.RunAsync([.. "attribute --index nm --queries q.jsonl --run nats --calibration c.json --force".Split(' ')]);
        Assert.Contains("nats if removed", nats.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("uncalibrated", nats.Output, StringComparison.Ordinal);

        // The same queries over the same corpus: nothing but nats differs.
        var same = await _tda.JsonAsync("compare-runs", "plain", "nats");
        Assert.Equal(1, (double)same["spearman"]!["value"]!);
        var other = await _tda.FailsAsync(3, "compare-runs", "plain", "r");
        Assert.Contains("corpus named", other.Error, StringComparison.Ordinal);
        Assert.Contains("--top", (await _tda.FailsAsync(2, "compare-runs", "plain", "nats", "--top", "0")).Error, StringComparison.Ordinal);

        // The report finds the corpus by itself.
        var report = File.ReadAllText((string)(await _tda.JsonAsync("report", "plain"))["report"]!);
        Assert.Matches(@"(bad|good)/\d+\.txt", report);
        Assert.Contains("tda attribute --index nm --queries q.jsonl --run plain --force", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--queries q.jsonl", "--index")]
    [InlineData("--index lg --queries q.jsonl --prefilter bm25", "bm25:N")]
    [InlineData("--index lg --queries q.jsonl --ensemble 5", "--ensemble 5")]
    [InlineData("--index lg --queries q.jsonl --words unheard", "unheard")]
    [InlineData("--index lg --queries q.jsonl --by-label", "label")]
    [InlineData("--index lg --queries q.jsonl --contrast a b", "'a' or 'b'")]
    [InlineData("--index lg --queries q.jsonl --method bm25 --tokens", "token scores")]
    public async Task Attribute_AskedWrongly_Is2AndNamesIt(string line, string named) =>
        Assert.Contains(named, (await _tda.FailsAsync(2, ["attribute", .. line.Split(' ')])).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"id\":\"1\",\"prompt\":\"\",\"completion\":\"abc\"}\n{\"id\":\"2\",\"prompt\":\"\",\"completion\":\"abc\",\"span\":[1,9]}", "line 2")]
    [InlineData("{\"id\":\"1\",\"prompt\":\"\",\"completion\":\"\"}", "line 1")]
    public async Task Attribute_QueryThatHasNothingToExplain_Is3AndNamesTheLine(string text, string named)
    {
        _tda.Folder.Write("bad.jsonl", text);

        var result = await _tda.FailsAsync(3, "attribute", "--index", "lg", "--queries", "bad.jsonl", "--run", "r2");

        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }
}
