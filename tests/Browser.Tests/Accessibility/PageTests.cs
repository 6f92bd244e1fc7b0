using Tda.Browser.Tests.Support;

namespace Tda.Browser.Tests.Accessibility;

/// <summary>Every page of the desk, for everyone who reads it.</summary>
public class PageTests(ChromiumFixture chromium, Desk desk) : IClassFixture<Desk>
{
    [Fact]
    public async Task Login_InEveryWindow_IsAccessible()
    {
        await using var visit = await Visit.StartAsync(chromium, desk);
        await visit.OpenAsync("/login");

        await AxeCheck.PassAsync(visit.Page);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/usage")]
    [InlineData("/runs")]
    [InlineData("/exchanges/HARMFUL")]
    [InlineData("/exchanges/HOSTILE")]
    [InlineData("/exchanges/HOSTILE/raw")]
    public async Task Page_InEveryWindow_IsAccessible(string path)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk);
        await visit.OpenAsync(path.Replace("HARMFUL", desk.Harmful.Id, StringComparison.Ordinal).Replace("HOSTILE", desk.Hostile.Id, StringComparison.Ordinal));

        await AxeCheck.PassAsync(visit.Page);
    }
}
