using Tda.Curation.Measures;
using Tda.Curation.Reports;
using Tda.Curation.Selection;
using Tda.Curation.Tests.Selection;
using Tda.TestKit;
namespace Tda.Curation.Tests.Reports;

public class ReportBuilderTests
{
    [Fact]
    public void Build_ScoresOnly_RanksAndLeavesTheRestOut()
    {
        using var run = new SampleRun(tokens: false);
        var model = ReportBuilder.Build(new ReportOptions { RunDirectory = run.Directory }, run.Time);
        Assert.Equal((6, 64, 6), (model.DocumentsScored, model.Queries, model.N!.Value));
        Assert.Equal(model.Documents.OrderByDescending(d => d.Score).Select(d => d.Id), model.Documents.Select(d => d.Id));
        Assert.Equal(1, model.Sources.Sum(s => s.Share), 9);
        Assert.Equal(6, model.Sources.Sum(s => s.Documents));
        Assert.Null(model.Scorecard);
        Assert.All(model.Documents, d => Assert.Null(d.Heat));
        Assert.Contains(KeyValuePair.Create("nested.quantile", "0.99"), model.Provenance.Options);
    }

    [Fact]
    public void Build_WithCorpusTokensAndMask_HeatSpansMatchTheText()
    {
        using var run = new SampleRun();
        RunMask.Run(run.Directory, new MaskOptions { Quantile = .95, Budget = .1, Window = 0 });
        var model = ReportBuilder.Build(new ReportOptions { RunDirectory = run.Directory, CorpusDirectory = run.Corpus }, run.Time);
        var top = model.Documents[0];
        Assert.Equal("spam", top.Source);
        Assert.Equal("NOW", string.Concat(top.Heat!.Tokens.Where(t => t.Masked).Select(t => top.Heat.Text[t.Start..t.End])));
        Assert.Equal(6, model.Mask!.MaskedTokens);
        Assert.NotNull(top.Excerpt);
    }

    [Fact]
    public void Build_LongDocument_CutsAroundTheStrongestTokenAndNeverThroughACharacter()
    {
        var text = string.Concat(Enumerable.Repeat("😀", 500)) + "NOW" + string.Concat(Enumerable.Repeat("😀", 500));
        var scores = new float[text.Length];
        scores[1001] = 9;
        var spans = Enumerable.Range(0, text.Length).Select(i => new CharacterSpan(i, i + 1)).ToArray();
        for (var length = 100; length < 110; length++)
        {
            var heat = HeatCutter.Cut(text, Samples.Dense("a", "s", scores, spans), new HashSet<int> { 1002 }, length);
            Assert.InRange(heat.Text.Length, length - 1, length + 1);
            Assert.Equal("O", heat.Text.Substring(heat.Tokens.Single(t => t.Masked).Start, 1));
            Assert.False(char.IsLowSurrogate(heat.Text[0]) || char.IsHighSurrogate(heat.Text[^1]));
            Assert.Equal(text.Substring(heat.Offset, heat.Text.Length), heat.Text);
        }
    }

    [Fact]
    public void Build_HarmfulSourceNotInTheRun_BadInput()
    {
        using var run = new SampleRun();
        var error = Assert.Throws<BadInputException>(() => ReportBuilder.Build(new ReportOptions { RunDirectory = run.Directory, HarmfulSource = "phishing" }, run.Time));
        Assert.Equal(3, error.ExitCode);
        Assert.Contains("ham, spam", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_AnotherCorpus_BadInput()
    {
        using var run = new SampleRun();
        using var other = new Ledger.Sandbox();
        Assert.Throws<BadInputException>(() => ReportBuilder.Build(new ReportOptions { RunDirectory = run.Directory, CorpusDirectory = other.Source }, run.Time));
    }

    [Fact]
    public void Build_ScorecardOnly_IsEnough()
    {
        using var directory = new TempDirectory();
        AtomicFile.WriteJson(directory["scorecard.json"], SampleReport.Scorecard());
        AtomicFile.WriteJson(directory["curve.json"], SampleReport.Curve());
        JsonLines.Write(directory["answers.jsonl"], SampleReport.Full().Answers);
        var model = ReportBuilder.Build(new ReportOptions { RunDirectory = directory.Path }, new FakeTimeProvider());
        Assert.Equal(7, model.Scorecard!.Lines.Count);
        Assert.Equal(8, model.Curve!.Points.Count);
        Assert.Equal(2, model.Answers.Count);
        Assert.Empty(model.Documents);
    }

    [Fact]
    public void Build_EmptyOrMissingFolder_BadInput()
    {
        using var directory = new TempDirectory();
        Assert.Throws<BadInputException>(() => ReportBuilder.Build(new ReportOptions { RunDirectory = directory.Path }, new FakeTimeProvider()));
        Assert.Throws<BadInputException>(() => ReportBuilder.Build(new ReportOptions { RunDirectory = directory["none"] }, new FakeTimeProvider()));
    }

    [Theory]
    [InlineData("{\"format\":\"tda.curve\",\"version\":1,\"lines\":[]}", "tda.scorecard")]
    [InlineData("{\"format\":\"tda.scorecard\",\"version\":99,\"lines\":[]}", "version 99")]
    [InlineData("{\"format\":\"tda.scorecard\"", "scorecard.json")]
    public void Read_WrongScorecard_BadInputSaysWhy(string text, string expected)
    {
        using var directory = new TempDirectory();
        var error = Assert.Throws<BadInputException>(() => Scorecard.Read(directory.Write("scorecard.json", text)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Twice_PageAndModelUnderTheManifest()
    {
        using var run = new SampleRun();
        ReportWriter.Run(new ReportOptions { RunDirectory = run.Directory, CorpusDirectory = run.Corpus }, run.Time);
        var page = ReportWriter.Run(new ReportOptions { RunDirectory = run.Directory, CorpusDirectory = run.Corpus }, run.Time);
        using (var opened = ScoreRun.Open(run.Directory, verify: true))
        {
            Assert.Contains("report.html", opened.Manifest.Outputs.Keys);
        }

        var model = JsonSerializer.Deserialize<ReportModel>(File.ReadAllText(Path.Combine(run.Directory, "report.json")), JsonDefaults.Options)!;
        Assert.Equal(File.ReadAllText(page), Tda.Curation.Rendering.ReportPage.Render(model));
    }
}
