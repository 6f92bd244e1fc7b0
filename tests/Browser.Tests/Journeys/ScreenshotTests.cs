using Tda.Browser.Tests.Support;

namespace Tda.Browser.Tests.Journeys;

/// <summary>Pictures of the main pages for the documentation, where TDA_SCREENSHOTS names a folder for them.</summary>
public class ScreenshotTests(ChromiumFixture chromium, Desk desk) : IClassFixture<Desk>
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("TDA_SCREENSHOTS");

    [Theory]
    [InlineData("desk", "/")]
    [InlineData("queue", "/desk/harm")]
    [InlineData("item", "/exchanges/HARMFUL?queue=harm")]
    [InlineData("document", "/documents/licences/WHOLE?run=why")]
    [InlineData("sources", "/sources?run=why")]
    [InlineData("runs", "/runs?first=why&second=why-2")]
    [InlineData("history", "/history")]
    [InlineData("report", "/runs/why")]
    public async Task Page_AtBothWidths_IsDrawn(string name, string path)
    {
        Assert.SkipWhen(string.IsNullOrEmpty(Folder), "TDA_SCREENSHOTS names no folder for pictures");
        await using var visit = await Visit.LoggedInAsync(chromium, desk);
        foreach (var (width, height) in ((int, int)[])[(1280, 900), (320, 640)])
        {
            await visit.Page.SetViewportSizeAsync(width, height);
            await visit.OpenAsync(desk.Path(path));
            var picture = await visit.Page.ScreenshotAsync(new() { Path = System.IO.Path.Combine(Folder!, $"{name}-{width}.png") });
            Assert.NotEmpty(picture);
        }
    }
}
