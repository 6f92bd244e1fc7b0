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
