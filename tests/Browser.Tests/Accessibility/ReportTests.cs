using Tda.Browser.Tests.Support;

namespace Tda.Browser.Tests.Accessibility;

/// <summary>Reports of runs, as the desk serves them.</summary>
public class ReportTests(ChromiumFixture chromium, Desk desk) : IClassFixture<Desk>
{
    [Theory]
    [InlineData(Desk.Run)]
    [InlineData(Desk.FullReport)]
    public async Task Report_InEveryWindow_IsAccessible(string run)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk);
        await visit.OpenAsync("/runs/" + run);
        await visit.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(details => details.open = true)");

        await AxeCheck.PassAsync(visit.Page);
    }
}
