using Deque.AxeCore.Commons;

namespace Tda.Browser.Tests.Support;

/// <summary>
/// What every page must hold for everyone who reads it: axe-core finds nothing at 1280 and 320 px and at 200 % zoom, dark and light; a
/// narrow page doesn't scroll sideways; the keyboard reaches all that scrolls, and one sees where it is; targets are large enough.
/// </summary>
internal static class AxeCheck
{
    /// <summary>Zoomed to 200 %, a window of 1280 px has 640 of the page's.</summary>
    private static readonly (string Name, int Width, int Height)[] Windows = [("1280 px", 1280, 800), ("200 %", 640, 400), ("320 px", 320, 640)];

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    private static readonly object Everything = new { resultTypes = (string[])["violations"], preload = false, rules = new Dictionary<string, object> { ["target-size"] = new { enabled = true } } };

    // Darkness changes colours alone.
    private static readonly object Colours = new { resultTypes = (string[])["violations"], preload = false, runOnly = (string[])["color-contrast"] };

    /// <summary>Fails with all that is wrong with a page; the page is as it was afterwards.</summary>
    public static async Task PassAsync(IPage page)
    {
        var faults = await FaultsAsync(page);
        Assert.True(faults.Count == 0, $"{page.Url}: {faults.Count} faults\n{string.Join('\n', faults.Take(40))}");
    }

    /// <summary>All that is wrong with a page.</summary>
    public static async Task<IReadOnlyList<string>> FaultsAsync(IPage page)
    {
        List<string> faults = [];
        await page.EvaluateAsync(Axe);
        foreach (var (name, width, height) in Windows)
        {
            await page.SetViewportSizeAsync(width, height);
            await AddAsync($"{name}, light", ColorScheme.Light, Everything);
            await AddAsync($"{name}, dark", ColorScheme.Dark, Colours);
            faults.AddRange((await page.EvaluateAsync<string[]>(PageFaults)).Select(fault => $"{name}: {fault}"));
        }

        await page.SetViewportSizeAsync(1280, 800);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        faults.AddRange(await FocusFaultsAsync(page));
        return faults;

        async Task AddAsync(string name, ColorScheme colours, object options)
        {
            await page.EmulateMediaAsync(new() { ColorScheme = colours });
            faults.AddRange((await page.EvaluateAsync<string[]>(Violations, options)).Select(fault => $"{name}: {fault}"));
        }
    }

    /// <summary>Goes through a page by the Tab key, and says where one can't see what has the focus.</summary>
    private static async Task<IReadOnlyList<string>> FocusFaultsAsync(IPage page)
    {
        const int MostStops = 60;
        List<string> faults = [];
        await page.EvaluateAsync("() => { document.activeElement?.blur(); window.scrollTo(0, 0); }");
        for (var stop = 0; stop < MostStops; stop++)
        {
            await page.Keyboard.PressAsync("Tab");
            var fault = await page.EvaluateAsync<string?>(FocusFault);
            if (fault == "end")
            {
                break;
            }

            if (fault is not null)
            {
                faults.Add("focus: " + fault);
            }
        }

        return faults;
    }

    private const string Violations = """
        async options => (await axe.run(document, options)).violations.flatMap(one => one.nodes.map(node => `${one.id}: ${one.help}: ${node.target}: ${node.html.slice(0, 300)}`))
        """;

    private const string PageFaults = """
        () => {
          const faults = [];
          const shown = e => e.outerHTML.slice(0, 160);
          const visible = e => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
          const root = document.scrollingElement;
          if (root.scrollWidth > root.clientWidth) {
            const wide = [...document.body.querySelectorAll('*')]
              .filter(e => visible(e) && !e.closest('.scroll') && e.getBoundingClientRect().right > root.clientWidth + 1).slice(0, 3).map(shown);
            faults.push(`the page scrolls sideways, ${root.scrollWidth} of ${root.clientWidth} px: ${wide.join(' | ')}`);
          }
          for (const e of document.body.querySelectorAll('*')) {
            const style = getComputedStyle(e);
            const scrolls = (way, size, room) => ['auto', 'scroll'].includes(way) && size > room + 1;
            if (visible(e) && (scrolls(style.overflowX, e.scrollWidth, e.clientWidth) || scrolls(style.overflowY, e.scrollHeight, e.clientHeight))) {
              const field = e.matches('textarea, input, select');
              const named = e.getAttribute('aria-label') || document.getElementById(e.getAttribute('aria-labelledby') ?? '');
              if (!field && (e.getAttribute('tabindex') !== '0' || !e.getAttribute('role') || !named)) {
                faults.push(`scrolls, and has no tabindex, role or name: ${shown(e)}`);
              }
              if (scrolls(style.overflowX, e.scrollWidth, e.clientWidth) && !field && !e.closest('.scroll')) {
                faults.push(`scrolls sideways outside .scroll: ${shown(e)}`);
              }
            }
            if (e.matches('a[href], button, input:not([type=hidden]), select, textarea, summary') && visible(e) && style.display !== 'inline') {
              const target = e.matches('input[type=checkbox], input[type=radio]') ? e.closest('label') ?? e : e;
              const box = target.getBoundingClientRect();
              if (box.width < 24 || box.height < 24) {
                faults.push(`a target of ${box.width.toFixed(1)} × ${box.height.toFixed(1)} px: ${shown(e)}`);
              }
            }
          }
          return faults;
        }
        """;

    private const string FocusFault = """
        () => {
          const e = document.activeElement;
          if (!e || e === document.body || window.focused?.has(e)) { delete window.focused; return 'end'; }
          (window.focused ??= new Set()).add(e);
          const shown = e.outerHTML.slice(0, 160);
          const style = getComputedStyle(e);
          const box = e.getBoundingClientRect();
          const outlined = style.outlineStyle === 'auto' || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2);
          if (!outlined) { return `is not to be seen at ${shown}`; }
          if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) { return `is outside the window at ${shown}`; }
          return null;
        }
        """;
}
