using System.Collections.Concurrent;
using Tda.Store.Reviews;

namespace Tda.Browser.Tests.Support;

/// <summary>
/// Somebody at a desk, in a browser context of their own. Nothing but the desk can be reached from it, and at its end it fails where a page
/// wanted anything else, ran what it was only to show, or inserted what its policy had to block.
/// </summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly Desk _desk;
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _faults = new();

    private Visit(Desk desk, IBrowserContext context, IPage page)
    {
        _desk = desk;
        _context = context;
        Page = page;
    }

    public IPage Page { get; }

    /// <summary>Every address that was asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Opens a browser at a desk, not logged in.</summary>
    public static async Task<Visit> StartAsync(ChromiumFixture chromium, Desk desk, bool scripts = true)
    {
        var context = await chromium.Browser().NewContextAsync(new()
        {
            BaseURL = desk.Url.ToString(),
            JavaScriptEnabled = scripts,
            ViewportSize = new() { Width = 1280, Height = 800 },
            // A page that glides to what has the focus isn't there yet when it is looked at.
            ReducedMotion = ReducedMotion.Reduce,
            Locale = "en-GB",
        });
        var visit = new Visit(desk, context, await context.NewPageAsync());
        await visit.WatchAsync();
        return visit;
    }

    /// <summary>Opens a browser at a desk, and logs in with an account of the desk's own.</summary>
    public static async Task<Visit> LoggedInAsync(
        ChromiumFixture chromium, Desk desk, bool scripts = true, string name = "mara", ReviewRole role = ReviewRole.Reviewer)
    {
        await desk.AddReviewerAsync(name, role);
        var visit = await StartAsync(chromium, desk, scripts);
        await visit.OpenAsync("/login");
        await visit.LogInAsync(name, Desk.Password);
        await Assertions.Expect(visit.Page.GetByText($"{name}, {JsonNamingPolicy.SnakeCaseLower.ConvertName(role.ToString())}")).ToBeVisibleAsync();
        return visit;
    }

    /// <summary>Fills in the login's form and sends it.</summary>
    public async Task LogInAsync(string name, string password)
    {
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.GetByLabel("Password").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).First.ClickAsync();
    }

    /// <summary>Opens a page of the desk, which must be there.</summary>
    public async Task<IResponse> OpenAsync(string path)
    {
        var response = await Page.GotoAsync(path) ?? throw new InvalidOperationException($"{path} gave no response");
        Assert.True(response.Ok, $"{path}: {response.Status}");
        return response;
    }

    /// <summary>Fails where a page did anything that it must not.</summary>
    public async Task AssertHarmlessAsync()
    {
        // In a context without scripts the value still shows what the page's own scripts would have left.
        Assert.Null(await Page.EvaluateAsync<string?>("window.ran ?? null"));
        Assert.True(_faults.IsEmpty, string.Join('\n', _faults));
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await AssertHarmlessAsync();
        }
        finally
        {
            await _context.DisposeAsync();
        }
    }

    private async Task WatchAsync()
    {
        await _context.RouteAsync("**/*", async route =>
        {
            Requests.Enqueue(route.Request.Url);
            if (new Uri(route.Request.Url).Authority == _desk.Url.Authority)
            {
                await route.ContinueAsync();
            }
            else
            {
                _faults.Enqueue($"{Page.Url} asked for {route.Request.Url}");
                await route.AbortAsync();
            }
        });
        Page.Dialog += async (_, dialog) =>
        {
            _faults.Enqueue($"{Page.Url} opened a dialog: {dialog.Message}");
            await dialog.DismissAsync();
        };
        Page.PageError += (_, error) => _faults.Enqueue($"{Page.Url}: a script failed: {error}");
        Page.Console += (_, message) =>
        {
            // What a policy blocks was inserted all the same: the next policy might not block it.
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
            {
                _faults.Enqueue($"{Page.Url}: {message.Text}");
            }
        };
    }
}
