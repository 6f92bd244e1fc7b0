using Tda.Browser.Tests.Support;

[assembly: AssemblyFixture(typeof(ChromiumFixture))]

namespace Tda.Browser.Tests.Support;

/// <summary>Debian's Chromium, started once for all tests. Playwright's own downloads are never used.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Starts the browser; without one on PATH, nothing.</summary>
    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } executable)
        {
            return;
        }

        Environment.SetEnvironmentVariable("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = executable,
            Headless = true,
            // Chromium refuses to run its sandbox as root.
            ChromiumSandbox = !Environment.IsPrivilegedProcess,
        });
    }

    /// <summary>The browser; a test that asks for it where there is none is skipped, and says what to install.</summary>
    internal IBrowser Browser()
    {
        Assert.SkipWhen(_browser is null, "Chromium isn't installed. Run: sudo apt-get install -y --no-install-recommends chromium");
        return _browser;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);
}
