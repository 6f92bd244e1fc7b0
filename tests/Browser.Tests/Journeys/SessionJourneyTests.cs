using Tda.Browser.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Browser.Tests.Journeys;

/// <summary>In and out of the desk: by the link, by name and password, and what becomes of a form whose session is over.</summary>
public sealed class SessionJourneyTests(ChromiumFixture chromium) : IAsyncLifetime
{
    private readonly Desk _desk = new();

    public ValueTask InitializeAsync() => _desk.InitializeAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Link_OfTheStart_OpensTheDeskOnce(bool scripts)
    {
        var link = _desk.Link;
        await using (var visit = await Visit.StartAsync(chromium, _desk, scripts))
        {
            await visit.OpenAsync(link.PathAndQuery);
            await Assertions.Expect(visit.Page.GetByText("admin, admin")).ToBeVisibleAsync();
        }

        await using var other = await Visit.StartAsync(chromium, _desk, scripts);
        var refused = await other.Page.GotoAsync(link.PathAndQuery);
        Assert.Equal(401, refused!.Status);
        await Assertions.Expect(other.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This link was used before");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PageWithoutASession_AfterTheLogin_IsTheOneThatWasWanted(bool scripts)
    {
        await _desk.AddReviewerAsync("mara", ReviewRole.Reviewer);
        await using var visit = await Visit.StartAsync(chromium, _desk, scripts);
        await visit.OpenAsync("/history");
        Assert.EndsWith("/login?next=%2Fhistory", visit.Page.Url, StringComparison.Ordinal);
        await visit.LogInAsync("mara", Desk.Password);
        await Assertions.Expect(visit.Page.Locator("h1")).ToHaveTextAsync("Decisions");

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await Assertions.Expect(visit.Page.Locator("h1")).ToHaveTextAsync("Log in");
        await visit.OpenAsync("/history");
        await Assertions.Expect(visit.Page.Locator("h1")).ToHaveTextAsync("Log in");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Session_OverWhileTyping_SaysThatNothingWasChanged_AndKeepsWhatWasTyped(bool scripts)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, _desk, scripts);
        var page = visit.Page;
        await visit.OpenAsync(_desk.Path("/exchanges/HARMFUL"));
        await page.Locator("input[name=verdict][value=drop]").CheckAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Note" }).FillAsync("a long thought");
        _desk.Time.Advance(TimeSpan.FromHours(13));

        await page.GetByRole(AriaRole.Button, new() { Name = "Decide", Exact = true }).ClickAsync();

        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The session is over; nothing was changed. Log in again.");
        await Assertions.Expect(page.GetByLabel("What you had typed")).ToHaveValueAsync("a long thought");
        Assert.Empty(await _desk.Reviews.NewestAsync());
        await visit.LogInAsync("mara", Desk.Password);
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("Exchange ");
    }
}
