using Tda.Browser.Tests.Support;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Browser.Tests.Attacks;

/// <summary>
/// What a client, a model, a corpus or another reviewer wrote is shown and never runs: no script, no dialog, no request to another host, and
/// nothing that the page's policy had to block. Each visit holds that at its end.
/// </summary>
public class StoredAttackTests(ChromiumFixture chromium, Desk desk) : IClassFixture<Desk>
{
    [Theory]
    [InlineData("/")]
    [InlineData("/exchanges")]
    [InlineData("/exchanges?model=%3Cscript%3Ewindow.ran%3D1%3C%2Fscript%3E%22%20autofocus%20onfocus%3D%22window.ran%3D1")]
    [InlineData("/desk/harm")]
    [InlineData("/desk/influence")]
    [InlineData("/exchanges/HOSTILE?documents=50")]
    [InlineData("/exchanges/HOSTILE/raw")]
    [InlineData("/documents/licences/DOCUMENT")]
    [InlineData("/sources")]
    [InlineData("/runs?first=why&second=why-2")]
    [InlineData("/runs/why")]
    [InlineData("/runs/demo")]
    [InlineData("/history")]
    [InlineData("/history?by=%22%3E%3Cscript%3Ewindow.ran%3D1%3C%2Fscript%3E")]
    [InlineData("/usage")]
    [InlineData("/help")]
    public async Task Page_OfHostileTexts_ShowsThemAndDoesNothing(string path)
    {
        await DecideHostilelyAsync();
        await using var visit = await Visit.LoggedInAsync(chromium, desk);
        await visit.OpenAsync(desk.Path(path));
        await visit.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(details => details.open = true)");

        // Whatever would wait for a pointer or the focus gets both.
        foreach (var link in await visit.Page.Locator("main a[href^='javascript:'], main [onload], main [onerror], main [onfocus], main img, main iframe, main svg[onload]").AllAsync())
        {
            Assert.Fail("a text became an element: " + await link.EvaluateAsync<string>("e => e.outerHTML"));
        }

        Assert.DoesNotContain(visit.Requests, url => url.Contains("evil.invalid", StringComparison.Ordinal));
        var text = await visit.Page.Locator("body").InnerTextAsync();
        Assert.DoesNotContain('\u202E', text);
        Assert.DoesNotContain('\u200B', text);
    }

    [Fact]
    public async Task Item_OfHostileTexts_ShowsEveryCharacterOfThem()
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk);
        await visit.OpenAsync(desk.Path("/exchanges/HOSTILE"));

        var shown = SampleExchange.Hostile
            .Replace("\u202E", "[U+202E RLO]", StringComparison.Ordinal).Replace("\u202C", "[U+202C PDF]", StringComparison.Ordinal).Replace("\u200B", "[U+200B ZWSP]", StringComparison.Ordinal);
        Assert.Equal(shown, await visit.Page.GetByRole(AriaRole.Region, new() { Name = "user", Exact = true }).TextContentAsync());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/exchanges/HOSTILE")]
    [InlineData("/runs/demo")]
    public async Task Page_InAFrame_IsRefused(string path)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, desk);
        await visit.OpenAsync("/help");
        var policy = (await visit.Page.APIRequest.GetAsync(desk.Path(path))).Headers["content-security-policy"];

        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.DoesNotMatch("script-src[^;]*unsafe-inline", policy);

        // In a page of the same host, which may frame it by every rule but its own.
        var framing = await visit.Page.Context.NewPageAsync();
        await framing.RouteAsync("**/framing", route => route.FulfillAsync(new() { ContentType = "text/html", Body = $"<iframe src='{desk.Path(path)}'></iframe>" }));
        await framing.GotoAsync("/framing");
        var frame = framing.Frames.Single(one => one.ParentFrame is not null);
        await Eventually.HoldsAsync(() => Task.FromResult(frame.Url.StartsWith("chrome-error://", StringComparison.Ordinal)));
    }

    /// <summary>A decision by a name and with a reason and note that no form would take, as an older program or a direct write may leave it.</summary>
    private async Task DecideHostilelyAsync()
    {
        const string Markup = "<img src=x onerror=window.ran=1>";
        await desk.Reviews.DecideAsync(
        [
            new()
            {
                Act = "hostile-act",
                At = desk.Time.GetUtcNow(),
                By = Markup,
                Subject = ReviewSubject.Exchange(desk.Hostile.Id),
                Verdict = ReviewVerdict.Keep,
                Version = desk.Hostile.ResponseBody.Sha256,
                Reason = Markup,
                Note = SampleExchange.Hostile,
            },
        ]);
    }
}
