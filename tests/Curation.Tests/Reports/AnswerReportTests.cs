using System.Xml.Linq;
using Tda.Curation.Rendering;
using Tda.Curation.Reports;

namespace Tda.Curation.Tests.Reports;

/// <summary>The report of a run over answers: which documents made it say this, and how sure that is.</summary>
public class AnswerReportTests
{
    [Fact]
    public void Build_Answers_ACardEachWithItsOwnDocumentsByName()
    {
        using var run = new AnswerRun();
        var model = Build(run);
        Assert.Equal(["q0", "q1", "q2", "q3", "q4", "q5"], model.Cards.Select(c => c.Id));
        for (var q = 0; q < 5; q++)
        {
            var first = model.Cards[q].Documents[0];
            Assert.Equal(($"licences/file, {q}.txt", 10.0), (first.Name, first.Score));
            Assert.Equal((0, 4), (first.AlsoFirst, model.Cards[q].Documents[1].AlsoFirst)); // document 5 is second for all
            var scores = AnswerRun.Scores(q);
            Assert.Equal(10 / scores.Where(s => s > 0).Sum(), first.Share, 6);
            Assert.Equal(ScoreBackground.Of(scores).Z(10)!.Value, first.Z!.Value, 9);
            Assert.Equal($"NOW{q}", first.Phrases[0].Text);
            Assert.Contains($"NOW{q}", first.Snippet!.Text, StringComparison.Ordinal);
        }

        Assert.True(model.Cards[5] is { Abstained: true, Documents.Count: 0 });
        Assert.Equal((5, 1), (model.Trust!.Explained, model.Trust.Abstained));
        Assert.Equal([0, .2, .4], model.Trust.Fidelity!.Select(f => Math.Round(f, 9)));
        Assert.Equal(8, model.Sources.Sum(s => s.Documents));
        Assert.All(model.Sources, s => Assert.InRange(s.Share, s.ShareInterval![0], s.ShareInterval[1]));
    }

    [Fact]
    public void Render_Answers_FirstScreenNamesTheDocumentsAndHowSure()
    {
        using var run = new AnswerRun();
        var page = XDocument.Parse(ReportPage.Render(Build(run)).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        var overview = page.Descendants("section").First();
        Assert.Equal("overview", (string)overview.Attribute("id")!);
        Assert.All(
            ["answer 0 <b>", "licences/file, 4.txt", "How sure are you?", "uncalibrated", "1 of 6 not explained", "fidelity 0.20"],
            part => Assert.Contains(part, overview.Value, StringComparison.Ordinal));
        // Every link of the first screen leads to a card or to one of its documents, and no hash stands where a name is known.
        var ids = page.Descendants().Attributes("id").Select(a => a.Value).ToHashSet();
        Assert.All(overview.Descendants("a"), a => Assert.Contains(a.Attribute("href")!.Value[1..], ids));
        Assert.All(run.Documents.Where(d => d.Meta is not null), d => Assert.DoesNotContain(d.Id, page.Root!.Value, StringComparison.Ordinal));
        Assert.Contains("Mostly for “NOW3”", page.Root!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("nats × N", page.Root.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Calibrated_SaysNatsWithTheirInterval()
    {
        using var run = new AnswerRun(calibrated: true);
        var model = Build(run);
        var text = XDocument.Parse(ReportPage.Render(model).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)).Root!.Value;
        Assert.Contains("+0.625 nats if removed (+0.500 to +0.833)", text, StringComparison.Ordinal);
        Assert.Contains("calibrated on 640 measured changes", text, StringComparison.Ordinal);
        Assert.DoesNotContain(model.Open, q => q.Question.Contains("uncalibrated", StringComparison.Ordinal));
    }

    [Fact]
    public void Render_MeasuredAndChecked_SaysWhatIsNotSure()
    {
        using var run = new AnswerRun(measured: true);
        var model = Build(run);
        var overview = XDocument.Parse(ReportPage.Render(model).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)).Descendants("section").First().Value;
        Assert.All(
            ["Not sure: these ranks are mostly chance.", "The order was checked: agrees 0.43 with itself.", "Sizes were measured by retraining on 64 subsets"],
            part => Assert.Contains(part, overview, StringComparison.Ordinal));
        Assert.DoesNotContain("uncalibrated", overview, StringComparison.Ordinal);
        Assert.DoesNotContain(model.Open, q => q.Question.Contains("uncalibrated", StringComparison.Ordinal));
    }

    [Fact]
    public void Build_OpenQuestions_NameTheCommandsOfThisRun()
    {
        using var run = new AnswerRun(tokens: false);
        var open = Build(run).Open;
        Assert.Contains(open, q => q.Command.Contains("tda evaluate calibrate --run why", StringComparison.Ordinal));
        Assert.Contains(open, q => q.Command == "tda attribute --index i --method ekfac --queries FILE.jsonl --tokens");
        Assert.Contains(open, q => q.Command.Contains("tda compare before after --run why", StringComparison.Ordinal));
        using var ensemble = new AnswerRun(members: 5, calibrated: true);
        Assert.DoesNotContain(Build(ensemble).Open, q => q.Command.Contains("--ensemble 5", StringComparison.Ordinal) || q.Command.EndsWith("--tokens", StringComparison.Ordinal));
        Assert.Contains(ReportBuilder.Build(new ReportOptions { RunDirectory = run.Directory }, run.Time).Open, q => q.Command == "tda report why --corpus licences");
    }

    [Fact]
    public void Build_Ensemble_BarsHaveIntervals()
    {
        using var run = new AnswerRun(members: 5);
        var first = Build(run).Cards[1].Documents[0];
        var positive = AnswerRun.Scores(1).Where(s => s > 0).Sum();
        Assert.Equal([9 / positive, 11 / positive], first.ShareInterval!.Select(x => (float)x));
        Assert.Contains("class=\"whisker\"", ReportPage.Render(Build(run)), StringComparison.Ordinal);
    }

    [Fact]
    public void Build_Labels_ClassesAreCompared()
    {
        using var run = new AnswerRun(labels: true);
        var classes = Build(run).Classes;
        Assert.Equal(["even", "odd"], classes.Select(c => c.Name));
        Assert.Equal([3, 2], classes.Select(c => c.Answers));
        double[] Mean(params int[] queries) => [.. Enumerable.Range(0, 8).Select(d => queries.Average(q => (double)AnswerRun.Scores(q)[d]))];
        Assert.Equal(Correlation.Spearman(Mean(0, 2, 4), Mean(1, 3)), classes[0].Correlations[1]!.Value, 9);
        Assert.Equal(1, classes[1].Correlations[1]!.Value, 9);
        // Mean over the class's answers of each one's share, over 3 of 8 documents.
        double Gpl(int q) => AnswerRun.Scores(q).Take(3).Where(s => s > 0).Sum() / AnswerRun.Scores(q).Where(s => s > 0).Sum();
        var gpl = classes[1].Sources.Single(s => s.Name == "gpl");
        Assert.Equal((Gpl(1) + Gpl(3)) / 2, gpl.Share, 6);
        Assert.Equal(gpl.Share * 8 / 3, gpl.Multiplier, 9);
    }

    [Fact]
    public void Run_Csv_HasTheWholeRankingAndNoFormula()
    {
        using var run = new AnswerRun();
        ReportWriter.Run(new ReportOptions { RunDirectory = run.Directory, CorpusDirectory = run.Corpus }, run.Time);
        var lines = File.ReadAllLines(Path.Combine(run.Directory, "report.csv"));
        Assert.Equal(1 + 5 * 8, lines.Length);
        Assert.StartsWith($"q0,1,{run.Documents[0].Id},\"licences/file, 0.txt\",gpl,", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains(",'=SUM(A1),", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(",=", StringComparison.Ordinal));
        // The card says which lines are its own.
        var rows = Build(run).Cards[2].Rows!;
        Assert.All(lines[(rows[0] - 1)..rows[1]], line => Assert.StartsWith("q2,", line, StringComparison.Ordinal));
        Assert.Equal(8, rows[1] - rows[0] + 1);
        using var opened = ScoreRun.Open(run.Directory, verify: true);
        Assert.Contains("report.csv", opened.Manifest.Outputs.Keys);
    }

    [Fact]
    public void Build_Provenance_IsTheWholeCommandLine()
    {
        using var run = new AnswerRun();
        Assert.Equal(["tda attribute --index i --queries answers.jsonl --tokens --run why", "tda report why"], Build(run).Provenance.Commands);
    }

    [Fact]
    public void CorpusIn_HomeThatHasItAsItWas_FindsItAndNoOther()
    {
        using var run = new AnswerRun();
        using var scores = ScoreRun.Open(run.Directory);
        Assert.Equal(run.Corpus, scores.CorpusIn(run.Home));
        using (var other = CorpusWriter.Create(run.Corpus, run.Time, replace: true))
        {
            other.Add(new Document("x", "s", "another text"));
            other.Commit();
        }

        Assert.Null(scores.CorpusIn(run.Home));
    }

    [Fact]
    public void Build_AbstainedFromAll_SaysSo()
    {
        using var run = new AnswerRun();
        var all = Path.Combine(Path.GetDirectoryName(run.Directory)!, "none");
        using (var writer = ScoreRunWriter.Create(all, new ScoreHeader("ekfac", .1, 8), [new ExplainedQuery("q", "p", "gibberish") { Abstained = true }], [new ScoreRow("a", "s", 1, 2)], run.Time))
        {
            writer.Commit();
        }

        var model = ReportBuilder.Build(new ReportOptions { RunDirectory = all }, run.Time);
        Assert.True(Assert.Single(model.Cards).Abstained);
        Assert.Contains("abstained", ReportPage.Render(model), StringComparison.Ordinal);
    }

    private static ReportModel Build(AnswerRun run) =>
        ReportBuilder.Build(new ReportOptions { RunDirectory = run.Directory, CorpusDirectory = run.Corpus }, run.Time);
}
