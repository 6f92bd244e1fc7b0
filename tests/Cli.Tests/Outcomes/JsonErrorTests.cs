using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>With --json errors are JSON too: one object on standard error, and standard output stays empty.</summary>
public sealed class JsonErrorTests : IDisposable
{
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("corpus show c", 3, "bad_input", "corpora/c", null, "make one with tda corpus import")]
    [InlineData("attribute --index i --queries bad.jsonl", 3, "bad_input", "bad.jsonl", 2, null)]
    [InlineData("curate --corpus c --run r --name c2", 2, "usage", null, null, null)]
    [InlineData("curat --corpus c", 2, "usage", null, null, "Did you mean 'curate'?")]
    [InlineData("distill --corpus c", 2, "usage", null, null, "tda distill --help")]
    [InlineData("gateway --upstream http://127.0.0.1:1 --listen http://203.0.113.1:80", 1, "failed", null, null, null)]
    [InlineData("", 2, "usage", null, null, "tda --help")]
    public async Task Run_Failing_WritesOneObjectToStandardError(string line, int code, string kind, string? path, int? number, string? hint)
    {
        _tda.Folder.Write("bad.jsonl", "{\"id\":\"1\",\"prompt\":\"a\",\"completion\":\"b\"}\n{\"id\":\"2\"}\n");

        var result = await _tda.RunAsync([.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--json"]);

        Assert.Equal((code, ""), (result.ExitCode, result.Output));
        var error = JsonNode.Parse(result.Error.TrimEnd().Split('\n')[^1])!["error"]!; // what was said on the way stands above
        Assert.Equal((kind, code, number), ((string)error["kind"]!, (int)error["exit_code"]!, (int?)error["line"]));
        Assert.NotEqual("", (string)error["message"]!);
        Assert.EndsWith(path ?? "", (string?)error["path"] ?? "", StringComparison.Ordinal);
        Assert.Contains(hint ?? "", (string?)error["hint"] ?? "", StringComparison.Ordinal);
        Assert.Empty(error.AsObject().Select(member => member.Key).Except(["kind", "message", "path", "line", "hint", "exit_code"]));
    }
}
