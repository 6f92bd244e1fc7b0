using System.Security.Cryptography;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AngleSharp.Html.Parser;
using Tda.Curation.Measures;
using Tda.Curation.Rendering;
using Tda.Curation.Rendering.Sections;
using Tda.Curation.Reports;

namespace Tda.Curation.Tests.Reports;

public partial class ReportPageTests
{
    private static readonly string Html = ReportPage.Render(SampleReport.Full());

    [Fact]
    public void Render_FullModel_IsWellFormedAsXmlAndAsHtml()
    {
        // Set TDA_SAMPLE_REPORT to a path to look at the page.
        if (Environment.GetEnvironmentVariable("TDA_SAMPLE_REPORT") is { Length: > 0 } path)
        {
            File.WriteAllText(path, Html);
        }

        Assert.NotNull(Xml(Html).Root);
        new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(Html).Dispose(); // throws at the first error
    }

    [Fact]
    public void Render_PlansAlone_IsWellFormedAndShowsEveryModel()
    {
        var html = PlansPage.Render(Measures.SamplePlans.Full(SampleReport.Hostile), "proof");
        if (Environment.GetEnvironmentVariable("TDA_SAMPLE_PLANS") is { Length: > 0 } path)
        {
            File.WriteAllText(path, html);
        }

        var page = Xml(html);
        Assert.Equal(4 + 2, page.Descendants().Count(e => e.Name.LocalName == "tr" && e.Parent!.Name.LocalName == "tbody"));
        Assert.Equal(4, page.Descendants().Count(e => ((string?)e.Attribute("class"))?.StartsWith("point ", StringComparison.Ordinal) == true));
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName == "script");
        new HtmlParser(new HtmlParserOptions { IsStrictMode = true }).ParseDocument(html).Dispose();
    }

    [Fact]
    public void Render_HostileText_StaysText()
    {
        var names = Xml(Html).Descendants().Select(e => e.Name.LocalName).ToHashSet();
        Assert.DoesNotContain("script", names);
        Assert.DoesNotContain("img", names);
        Assert.Single(Xml(Html).Descendants("style"));
        Assert.DoesNotContain(Xml(Html).Descendants().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_HostileText_NoHiddenCharacterGetsThrough()
    {
        Assert.DoesNotContain(Html, c => c is '\u202E' or '\u202C' or '\u200B' or '\0');
        Assert.All(["U+202E RLO", "U+202C PDF", "U+200B ZWSP", "U+0000 NUL"], label => Assert.Contains(label, Html, StringComparison.Ordinal));
    }

    [Fact]
    public void Render_HostileEverywhere_StaysText()
    {
        const string Evil = "\"><script>x</script>\u202E' onload='x";
        var model = SampleReport.Full() with
        {
            Title = Evil,
            RunId = Evil,
            Summary = Evil,
            Sources = [new(Evil, 1, 1, 1, 1)],
            Scorecard = new Scorecard { Lines = [new(Evil, 1) { Unit = Evil, Note = Evil }], Comparisons = [new(Evil, 1, 2) { Control = 1, ControlName = Evil, Unit = Evil }] },
            Curve = new Curve { Set = Evil, HarmName = Evil, FluencyName = Evil, FluencyUnit = Evil, Points = [new(Evil, CurveKind.Mask, 1, 2) { Chosen = true }] },
            Plans = Measures.SamplePlans.Full(Evil),
            Provenance = new Provenance { Method = Evil, Options = [KeyValuePair.Create(Evil, Evil)], Commands = [Evil] },
        };
        var page = Xml(ReportPage.Render(model));
        Assert.Empty(page.Descendants("script"));
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain('\u202E', page.ToString());
    }

    [Fact]
    public void Render_FullModel_ContainsEveryNumberOfTheModel()
    {
        var model = SampleReport.Full();
        var text = Xml(Html).Root!.Value;
        var titles = string.Join('\n', Xml(Html).Descendants().Attributes("title").Select(a => a.Value));
        foreach (var line in model.Scorecard!.Lines)
        {
            Assert.Contains(Numbers.WithUnit(line.Value, line.Unit), text, StringComparison.Ordinal);
            foreach (var limit in new[] { line.Threshold, line.Goal }.OfType<double>())
            {
                Assert.Contains(Numbers.Limit(limit, line.Unit), text, StringComparison.Ordinal);
            }

            if (line.Interval is [var low, var high])
            {
                Assert.Contains(Numbers.Interval(low, high, line.Unit), text, StringComparison.Ordinal);
            }
        }

        foreach (var comparison in model.Scorecard.Comparisons)
        {
            Assert.All([comparison.Before, comparison.After, comparison.Control!.Value], v => Assert.Contains(Numbers.WithUnit(v, comparison.Unit), text, StringComparison.Ordinal));
        }

        foreach (var point in model.Curve!.Points)
        {
            Assert.All([Numbers.WithUnit(point.Harm, "share"), Numbers.WithUnit(point.Fluency, "")], v => Assert.Contains(v, text, StringComparison.Ordinal));
        }

        foreach (var source in model.Sources)
        {
            Assert.All([Numbers.Percent(source.Share), Numbers.Whole(source.Documents)], v => Assert.Contains(v, text, StringComparison.Ordinal));
        }

        foreach (var document in model.Documents)
        {
            Assert.All([VisibleText.Plain(document.Name ?? document.Id)[..8], Numbers.Percent(document.Share), Numbers.Deviations(document.Z)], v => Assert.Contains(v, text, StringComparison.Ordinal));
            Assert.All(document.Heat?.Tokens ?? [], t => Assert.Contains(Numbers.Score(t.Score), titles, StringComparison.Ordinal));
        }

        Assert.All(model.Change!.Findings, finding => Assert.Contains(finding, text, StringComparison.Ordinal));
        Assert.All(["Fixed9", "Still harmful4", "Newly harmful1", "Fine both times6"], cell => Assert.Contains(cell, Stacked(), StringComparison.Ordinal));
        Assert.All(model.Provenance.Hashes, h => Assert.Contains(h.Value, text, StringComparison.Ordinal));
        Assert.All(model.Provenance.Commands, c => Assert.Contains(c, text, StringComparison.Ordinal));
        Assert.Contains(SourcesSection.Caution, text, StringComparison.Ordinal);
    }

    /// <summary>Each cell of a table behind its column's name, as a narrow screen shows them.</summary>
    private static string Stacked() =>
        string.Join('\n', Xml(Html).Descendants("td").Select(cell => (string?)cell.Attribute("data-label") + cell.Value));

    [Fact]
    public void Render_Policy_AllowsOnlyTheOneStyleSheetByItsHash()
    {
        var page = Xml(Html);
        var policy = page.Descendants("meta").Single(m => (string?)m.Attribute("http-equiv") == "Content-Security-Policy").Attribute("content")!.Value;
        var css = Between().Match(Html).Groups[1].Value;
        Assert.Equal($"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(css)))}'; base-uri 'none'; form-action 'none'", policy);
        Assert.Empty(page.Descendants().Attributes("style"));
        Assert.DoesNotContain("url(", css, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", css, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(page.Descendants().Attributes("src"));
        // Links lead to parts of the page, or to files beside it.
        Assert.All(page.Descendants("a"), a => Assert.Matches("^(#|report\\.(csv|json)$|(top|tokens|queries|rows)\\.jsonl$|scores\\.npy$)", a.Attribute("href")!.Value));
    }

    [Fact]
    public void Render_Structure_HeadingsInOrderTablesWithCaptionAndScopeIdsUnique()
    {
        var page = Xml(Html);
        var level = 0;
        foreach (var heading in page.Descendants().Where(e => HeadingName().IsMatch(e.Name.LocalName)))
        {
            var next = heading.Name.LocalName[1] - '0';
            Assert.True(next <= level + 1, $"<{heading.Name}> \"{heading.Value}\" follows h{level}");
            level = next;
        }

        Assert.Single(page.Descendants("h1"));
        Assert.All(page.Descendants("table"), t => Assert.NotNull(t.Element("caption")));
        Assert.All(page.Descendants("th"), th => Assert.NotNull(th.Attribute("scope")));
        Assert.All(page.Descendants("svg").Where(s => (string?)s.Attribute("aria-hidden") != "true"), s => Assert.NotNull(s.Element("desc")));
        var ids = page.Descendants().Attributes("id").Select(a => a.Value).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(page.Descendants().Attributes("aria-labelledby").SelectMany(a => a.Value.Split(' ')), id => Assert.Contains(id, ids));
    }

    [Fact]
    public void Render_RawContent_OnlyInsideDetails() =>
        Assert.All(Xml(Html).Descendants().Where(e => ((string?)e.Attribute("class"))?.Split(' ').Contains("raw") == true), raw => Assert.Contains(raw.Ancestors(), a => a.Name.LocalName == "details"));

    [Fact]
    public void Render_ScoresOnly_HasSectionsWithContentAloneAndSaysWhatWasNotMeasured()
    {
        var model = SampleReport.Full() with { Scorecard = null, Curve = null, Answers = [], Change = null, Plans = null, Mask = null, Classes = [], Documents = [.. SampleReport.Full().Documents.Select(d => d with { Heat = null, Excerpt = null })] };
        var page = Xml(ReportPage.Render(model));
        Assert.Equal(
            ["The documents behind it", "How sure are you?", "Answer by answer", "Documents, over all answers", "Sources", "What wasn't measured", "How to make it again"],
            page.Descendants("h2").Select(h => h.Value));
        Assert.All(model.Open, q => Assert.All([q.Question, q.Command], part => Assert.Contains(part, page.Root!.Value, StringComparison.Ordinal)));
    }

    [Fact]
    public void Render_Scorecard_KeepsWhatTheMachineryDidApart()
    {
        string Text(string id) => Xml(Html).Descendants("section").Single(s => (string?)s.Attribute("id") == id).Value;
        Assert.Contains("Exchanges recorded", Text("machinery"), StringComparison.Ordinal);
        Assert.DoesNotContain("Exchanges recorded", Text("result"), StringComparison.Ordinal);
        Assert.Contains("Harm rate after", Text("result"), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Print_OpensWhatIsFolded() => // browsers of 2025 on; others print the summaries
        Assert.Contains("details::details-content { content-visibility: visible; display: block; }", Between().Match(Html).Groups[1].Value[Between().Match(Html).Groups[1].Value.IndexOf("@media print", StringComparison.Ordinal)..], StringComparison.Ordinal);

    [Fact]
    public void Render_SameModel_SameBytes() => Assert.Equal(Html, ReportPage.Render(SampleReport.Full()));

    private static XDocument Xml(string html) => XDocument.Parse(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal), LoadOptions.PreserveWhitespace);

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Between();

    [GeneratedRegex("^h[1-6]$")]
    private static partial Regex HeadingName();
}
