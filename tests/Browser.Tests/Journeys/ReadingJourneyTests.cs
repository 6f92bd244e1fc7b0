using Tda.Browser.Tests.Support;

namespace Tda.Browser.Tests.Journeys;

/// <summary>From an answer to its documents, their sources and other runs; nothing here needs scripts.</summary>
public class ReadingJourneyTests(ChromiumFixture chromium, Desk desk) : IClassFixture<Desk>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Document_BehindAnAnswer_ShowsItsTextAndWhatItSpeaksFor(bool scripts)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk, scripts);
        var page = visit.Page;
        await visit.OpenAsync(desk.Path("/exchanges/HARMFUL?run=why"));
        var first = page.Locator(".documents tbody tr").First;
        await Assertions.Expect(first).ToContainTextAsync("Verbatim match");

        await first.Locator("th a").ClickAsync();

        await Assertions.Expect(page.Locator("h2").First).ToHaveTextAsync("Text");
        await Assertions.Expect(page.Locator(".text.marked mark").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Region, new() { Name = "Answers that it speaks for" }).GetByRole(AriaRole.Link, new() { Name = desk.Harmful.Id }).First.ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Exchange " + desk.Harmful.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sources_OfARun_LeadToTheirDocuments(bool scripts)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk, scripts);
        var page = visit.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Sources" }).ClickAsync();
        await page.GetByLabel("Run").SelectOptionAsync(Desk.Run);
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Assertions.Expect(page.Locator(".matrix tbody tr")).ToHaveCountAsync(DeskCorpus.Documents.Select(document => document.Source).Distinct().Count());

        await page.Locator(".matrix tbody tr").First.Locator("td a").First.ClickAsync();

        await Assertions.Expect(page.Locator(".text.marked")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Runs_Compared_ShowHowFarTheyAgree(bool scripts)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk, scripts);
        var page = visit.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Runs" }).ClickAsync();
        await page.GetByLabel("First").SelectOptionAsync(Desk.Run);
        await page.GetByLabel("Second").SelectOptionAsync(Desk.OtherRun);
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();

        var rows = page.GetByRole(AriaRole.Region, new() { Name = "Agreement of two runs" }).Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(desk.Log.Count - 1);
        var correlations = await rows.Locator("td:nth-child(2)").AllInnerTextsAsync();
        Assert.All(correlations, text => Assert.InRange(double.Parse(text, CultureInfo.InvariantCulture), -1, .999));
    }

    [Fact]
    public async Task LargeAnswer_Opened_IsCutAndSaysSo()
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk);
        var response = await visit.OpenAsync(desk.Path("/exchanges/LARGE"));

        Assert.True((await response.BodyAsync()).Length < 500_000, "the page of an answer of 5 MB must not be of 5 MB itself");
        await Assertions.Expect(visit.Page.GetByText("characters are shown").First).ToContainTextAsync("The first 100,000 of 5,");
    }
}
