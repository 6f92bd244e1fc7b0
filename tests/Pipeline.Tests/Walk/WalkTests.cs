using System.Text.RegularExpressions;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Walk;

/// <summary>What a user reads on the walk of README.</summary>
public partial class WalkTests(WalkFixture walk) : IClassFixture<WalkFixture>
{
    [Fact]
    public void Label_OfTheLog_CountsHarmfulAndFineAnswers()
    {
        var output = Of("label exchanges");
        Assert.Contains("harm", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Attribute_OfHarmfulAnswers_RanksDocumentsOfTheirSourceFirst()
    {
        using var run = ScoreRun.Open(walk.Tda.InHome("runs", "why"));
        var first = run.Top().Where(document => document.Rank == 1).ToList();
        Assert.InRange(run.Explained.Count, 1, 6);
        Assert.True(first.Count(document => document.Source == "licences") > first.Count / 2, string.Join('\n', first));
        Assert.Contains("licences", Of("attribute"), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfAnswers_ShowsEachWithItsDocumentsAndHowSureThatIs()
    {
        var page = File.ReadAllText(walk.Tda.InHome("runs", "why", "report.html"));
        using var run = ScoreRun.Open(walk.Tda.InHome("runs", "why"));
        foreach (var query in run.Explained)
        {
            Assert.Contains(System.Net.WebUtility.HtmlEncode(query.Prompt.Split(' ')[0]), page, StringComparison.Ordinal);
        }

        Assert.Contains("licences-0", page, StringComparison.Ordinal); // the file's name, not a hash
        Assert.Contains("uncalibrated", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Export_OfTheCuratedCorpus_LacksWhatTheMaskSuppresses()
    {
        var masked = JsonLines.Read<JsonElement>(walk.Tda.InHome("runs", "guide", "mask.jsonl")).ToList();
        var before = JsonLines.Read<Document>(walk.Tda.InHome("corpora", "docs", "documents-00000.jsonl.gz")).ToDictionary(d => d.Id, d => d.Text);
        var after = JsonLines.Read<JsonElement>(walk.Tda.Folder["docs-2.jsonl"]).ToDictionary(d => d.GetProperty("id").GetString()!, d => d.GetProperty("text").GetString()!);
        Assert.NotEmpty(masked);
        Assert.Equal(before.Count, after.Count);
        Assert.All(masked, line =>
        {
            var id = line.GetProperty("id").GetString()!;
            Assert.True(after[id].Length < before[id].Length, id);
        });
    }

    [Fact]
    public void Compare_BeforeAndAfter_SaysWhatBecameOfTheAnswersAndReachesTheReport()
    {
        Assert.Matches("of [0-9]+ answers: [0-9]+ fixed", Of("compare"));
        var page = File.ReadAllText(walk.Tda.InHome("runs", "guide", "report.html"));
        Assert.Contains("What became of the answers", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_OfEveryCommand_NamesNoTypeOfTheProgram() =>
        Assert.All(walk.Outputs, output => Assert.DoesNotMatch(@"\b(System|Tda)\.[A-Z]\w+\.", output.Value));

    /// <summary>The notebook's cells, in one script over the walk's run. Python and its packages aren't Tda's, so they may be missing.</summary>
    [Fact]
    public async Task Notebook_OverTheRun_PlotsIt()
    {
        const string Python = "/usr/bin/python3";
        var has = File.Exists(Python) && (await ChildProcess.RunAsync(Python, ["-c", "import numpy, matplotlib"], TimeSpan.FromMinutes(1))).ExitCode == 0;
        Assert.SkipUnless(has, "python3 with numpy and matplotlib isn't installed");
        var cells = string.Join('\n', Cell().Matches(await File.ReadAllTextAsync(TestPaths.InRepository("docs/notebook.md"))).Select(cell => cell.Groups[1].Value));
        await File.WriteAllTextAsync(walk.Tda.Folder["notebook.py"], "import matplotlib\nmatplotlib.use('Agg')\nimport os\nos.chdir(os.path.dirname(os.path.abspath(__file__)))\n" + cells);
        var result = await ChildProcess.RunAsync(
            Python, [walk.Tda.Folder["notebook.py"]], TimeSpan.FromMinutes(2), new Dictionary<string, string?> { ["TDA_HOME"] = walk.Tda.Home });
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.True(File.Exists(walk.Tda.Folder["ranking.png"]) && File.Exists(walk.Tda.Folder["tokens.png"]));
    }

    private string Of(string verb) => walk.Outputs.First(output => output.Key.StartsWith(verb, StringComparison.Ordinal)).Value;

    [GeneratedRegex("```python\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Cell();
}
