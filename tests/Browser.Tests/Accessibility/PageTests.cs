using Tda.Browser.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Browser.Tests.Accessibility;

/// <summary>Every page of the desk, for everyone who reads it.</summary>
public class PageTests(ChromiumFixture chromium, Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task Login_InEveryWindow_IsAccessible()
    {
        await desk.AddReviewerAsync("mara", ReviewRole.Reviewer);
        await using var visit = await Visit.StartAsync(chromium, desk);
        await visit.OpenAsync("/login");
        await AxeCheck.PassAsync(visit.Page);

        await visit.LogInAsync("mara", "not the password");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Name or password is wrong.");
        await AxeCheck.PassAsync(visit.Page);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/exchanges")]
    [InlineData("/exchanges?text=licence&order=oldest")]
    [InlineData("/desk/harm")]
    [InlineData("/desk/influence")]
    [InlineData("/exchanges/HARMFUL?queue=harm")]
    [InlineData("/exchanges/HOSTILE?documents=50")]
    [InlineData("/exchanges/LARGE")]
    [InlineData("/exchanges/HOSTILE/raw")]
    [InlineData("/documents/licences/DOCUMENT?run=why")]
    [InlineData("/documents/licences/WHOLE")]
    [InlineData("/sources")]
    [InlineData("/runs")]
    [InlineData("/runs?first=why&second=why-2")]
    [InlineData("/history")]
    [InlineData("/usage")]
    [InlineData("/help")]
    public async Task Page_InEveryWindow_IsAccessible(string path)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk);
        await visit.OpenAsync(desk.Path(path));
        await visit.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(details => details.open = true)");

        await AxeCheck.PassAsync(visit.Page);
    }

    [Theory]
    [InlineData("/nowhere", 404)]
    [InlineData("/exchanges/nowhere", 404)]
    [InlineData("/exchanges?status=nope", 400)]
    public async Task PageThatSaysNo_InEveryWindow_IsAccessible(string path, int status)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk);
        var response = await visit.Page.GotoAsync(path);

        Assert.Equal(status, response!.Status);
        await AxeCheck.PassAsync(visit.Page);
    }
}
