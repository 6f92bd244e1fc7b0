using System.Text.RegularExpressions;
using Tda.TestKit;

namespace Tda.Cli.Tests.BadInput;

/// <summary>Whatever is wrong with the input, no name of a type of the program or of its library reaches the user.</summary>
public sealed partial class PlainWordsTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private static readonly string[] Contents =
    [
        "", "[]", "{\"id\":1}", "{\"id\":null,\"prompt\":7,\"completion\":[],\"text\":5,\"harmful\":\"yes\"}", "\u0000\u0001",
        "{\"id\":\"1\",\"prompt\":\"\\ud800\",\"completion\":\"a\",\"text\":\"\\ud800\",\"decision\":\"burn\"}",
    ];

    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("attribute --index lg --run x --queries")]
    [InlineData("attribute --index lg --queries q.jsonl --run x --calibration")]
    [InlineData("guide --index ek --run x --harm")]
    [InlineData("label train --name x --replace --examples")]
    [InlineData("label corpus web --with words:")]
    [InlineData("measure --lab l --judge words:q.jsonl --out x --prompts")]
    [InlineData("curate --corpus web --run r --name x --replace --drop 1 --overrides")]
    [InlineData("exchanges verify --against")]
    [InlineData("gateway --check --upstream http://127.0.0.1:9 --config")]
    [InlineData("evaluate removal --bank b --lists")]
    public async Task Run_FileOfAnythingElse_SpeaksOfTheFile(string line)
    {
        for (var i = 0; i < Contents.Length; i++)
        {
            await ChecksAsync([.. line.Split(' '), _tda.Folder.Write("odd.jsonl", Contents[i])], Contents[i]);
        }

        await ChecksAsync([.. line.Split(' '), _tda.Folder.Path], "a folder");
        await ChecksAsync([.. line.Split(' '), "none.jsonl"], "no file");
    }

    [Theory]
    [InlineData("corpora/web", "corpus show web")]
    [InlineData("surrogates/small", "evaluate fidelity --surrogate small")]
    [InlineData("indexes/lg", "attribute --index lg --queries q.jsonl --run x")]
    [InlineData("runs/r", "report r")]
    public async Task Run_ManifestOfAnythingElse_SpeaksOfTheFile(string artifact, string line)
    {
        foreach (var content in (string[])["", "null", "[]", "{}", "{\"format\":\"tda.corpus\"}", "{\"format\":\"tda.corpus\",\"version\":1}", "{\"format\":\"tda.index\",\"version\":2,\"created_at\":3}"])
        {
            await File.WriteAllTextAsync(_tda.InHome(artifact, "manifest.json"), content);
            await ChecksAsync(line.Split(' '), content);
        }
    }

    private async Task ChecksAsync(string[] arguments, string what)
    {
        var result = await _tda.RunAsync(arguments);

        var type = TypeName().Match(result.Error + result.Output);
        Assert.False(type.Success, $"tda {string.Join(' ', arguments)} of '{what}' speaks of {type.Value}: {result.Error}");
        Assert.DoesNotContain("its own fault", result.Error, StringComparison.Ordinal);
        Assert.Contains(result.ExitCode, (int[])[0, 1, 2, 3]);
    }

    /// <summary>System.Int32, Tda.Core.Queries.Query, NullReferenceException.</summary>
    [GeneratedRegex(@"\b(System|Tda|Microsoft)\.[A-Z]\w+|\b[A-Z]\w+Exception\b")]
    private static partial Regex TypeName();
}
