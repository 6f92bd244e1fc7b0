using Tda.Browser.Tests.Support;

namespace Tda.Browser.Tests.Accessibility;

/// <summary>The check finds what it is there to find; a check that passes everything would pass every page too.</summary>
public class AxeCheckTests(ChromiumFixture chromium)
{
    private const string Wide = "<div style='width:800px'>wide</div>";

    [Theory]
    [InlineData("<p>fine</p>", null)]
    [InlineData("<p style='color:#bbb;background:#fff'>pale</p>", "1280 px, light: color-contrast")]
    [InlineData("<style>@media (prefers-color-scheme: dark) { p { color: #333; background: #000 } }</style><p>dim</p>", "320 px, dark: color-contrast")]
    [InlineData("<p><input></p>", "200 %, light: label")]
    [InlineData("<p><button style='width:9px;height:9px;padding:0' aria-label='small'></button></p>", "1280 px: a target of 9.0 × 9.0 px")]
    [InlineData(Wide, "320 px: the page scrolls sideways, 8")]
    [InlineData("<div style='overflow:auto' tabindex='0' role='region' aria-label='x'>" + Wide + "</div>", "320 px: scrolls sideways outside .scroll")]
    [InlineData("<div class='scroll' style='overflow:auto'>" + Wide + "</div>", "320 px: scrolls, and has no tabindex, role or name")]
    [InlineData("<div class='scroll' style='overflow:auto' tabindex='0' role='region' aria-label='x'>" + Wide + "</div>", null)]
    [InlineData("<p><a href='#x' style='outline:none'>somewhere</a></p>", "focus: is not to be seen")]
    [InlineData("<p><a href='#x' style='position:absolute;left:-999rem'>somewhere</a></p>", "focus: is outside the window")]
    public async Task Faults_OfAPage_AreTheseAlone(string body, string? fault)
    {
        var page = await chromium.Browser().NewPageAsync();
        await page.SetContentAsync($"<!DOCTYPE html><html lang='en'><title>A page</title><meta name='viewport' content='width=device-width'><main><h1>A page</h1>{body}</main></html>");

        var faults = await AxeCheck.FaultsAsync(page);

        await page.Context.DisposeAsync();
        if (fault is null)
        {
            Assert.Empty(faults);
        }
        else
        {
            Assert.Contains(faults, found => found.StartsWith(fault, StringComparison.Ordinal));
        }
    }
}
