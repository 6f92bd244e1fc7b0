using Tda.Browser.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Browser.Tests.Journeys;

/// <summary>A reviewer works through a queue: each journey with scripts and, but for what needs the keyboard, without.</summary>
public sealed class DecisionJourneyTests(ChromiumFixture chromium) : IAsyncLifetime
{
    private readonly Desk _desk = new();

    public ValueTask InitializeAsync() => _desk.InitializeAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Item_OfAQueue_IsReadPreviewedDecidedAndTakenBack(bool scripts)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, _desk, scripts);
        var page = visit.Page;

        // 1. From the desk into the queue, and to what waits there.
        await page.GetByRole(AriaRole.Link, new() { Name = "Harmful answers", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(4);
        await page.GetByRole(AriaRole.Link, new() { Name = "Take the next" }).ClickAsync();
        var exchange = _desk.Log[^1].Id;
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Exchange " + exchange);

        // 2. The newest is the one of 5 MB, which no run explains: the next one is hostile, and is explained.
        await page.GetByRole(AriaRole.Link, new() { Name = "Skip n" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Exchange " + _desk.Hostile.Id);
        await Assertions.Expect(page.GetByText("This exchange is yours until")).ToBeVisibleAsync();

        // 3. The raw bytes, and back.
        await page.GetByRole(AriaRole.Link, new() { Name = "Reveal the raw request" }).ClickAsync();
        await Assertions.Expect(page.GetByText("This view was audited.")).ToBeVisibleAsync();
        await page.GoBackAsync();

        // 4. Two documents, what to do with them, and what that would change: all that was typed stays.
        await page.Locator("input[data-document]").Nth(0).CheckAsync();
        await page.Locator("input[data-document]").Nth(2).CheckAsync();
        await page.Locator("input[name=verdict][value=drop]").CheckAsync();
        await page.GetByLabel("Reason").SelectOptionAsync("copyright");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Note" }).FillAsync("copied from a licence");
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await Assertions.Expect(page.Locator("#preview")).ToContainTextAsync($"2 documents of {DeskCorpus.Documents.Count}");
        await Assertions.Expect(page.Locator("input[data-document]:checked")).ToHaveCountAsync(2);
        await Assertions.Expect(page.GetByRole(AriaRole.Textbox, new() { Name = "Note" })).ToHaveValueAsync("copied from a licence");
        Assert.Empty(await _desk.Reviews.NewestAsync());

        // 5. The decision, on the exchange and on both.
        await page.GetByRole(AriaRole.Button, new() { Name = "Decide", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("Decided: drop, on the exchange and 2 documents.")).ToBeVisibleAsync();
        var decided = await _desk.Reviews.NewestAsync();
        Assert.Equal(3, decided.Count);
        Assert.All(decided, one => Assert.Equal(
            ("mara", ReviewVerdict.Drop, "copyright", "copied from a licence", Desk.Run), (one.By, one.Verdict, one.Reason, one.Note, one.Run![..Desk.Run.Length])));

        // 6. Taken back.
        await page.Locator(".notice").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The decision was taken back.")).ToBeVisibleAsync();
        Assert.Equal(ReviewStatus.Open, (await _desk.Reviews.StatesAsync(ReviewSubjectKind.Exchange, [_desk.Hostile.Id]))[_desk.Hostile.Id].Status);
        await visit.OpenAsync("/history");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(6);
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Undo" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Queue_ByTheKeyboardAlone_IsWorkedThrough()
    {
        await using var visit = await Visit.LoggedInAsync(chromium, _desk);
        var page = visit.Page;
        await visit.OpenAsync("/desk/harm");

        await PressAsync("n");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Exchange " + _desk.Large.Id);
        await PressAsync("k");
        await PressAsync("Control+Enter");
        await Assertions.Expect(page.GetByText("Decided: keep, on the exchange.")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Exchange " + _desk.Hostile.Id);
        await PressAsync("1");
        await PressAsync("3");
        await PressAsync("d");
        await PressAsync("/");
        await page.Keyboard.TypeAsync("k is a letter here, and so is d");
        await Assertions.Expect(page.Locator("input[data-document]:checked")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("input[name=verdict]:checked")).ToHaveValueAsync("drop");
        await PressAsync("Control+Enter");

        // The next one, with what was just done to take back.
        await Assertions.Expect(page.GetByText("Decided: drop, on the exchange and 2 documents.")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Exchange " + _desk.Log.Single(one => one.Prompt!.Contains("What may a court order", StringComparison.Ordinal)).Id);
        Assert.Equal("k is a letter here, and so is d", (await _desk.Reviews.NewestAsync())[0].Note);

        await PressAsync("u");
        await Assertions.Expect(page.GetByText("The decision was taken back.")).ToBeVisibleAsync();
        Assert.Equal(1 + 3 + 3, (await _desk.Reviews.NewestAsync()).Count);

        // A key that comes before the page's script is there would be lost.
        async Task PressAsync(string key)
        {
            await page.WaitForLoadStateAsync();
            await page.Keyboard.PressAsync(key);
        }
    }

    [Fact]
    public async Task Keys_TurnedOff_DoNothingButCtrlEnter()
    {
        await using var visit = await Visit.LoggedInAsync(chromium, _desk);
        var page = visit.Page;
        await visit.OpenAsync("/help");
        await page.GetByLabel("Keys of one letter are on").UncheckAsync();
        await visit.OpenAsync(_desk.Path("/exchanges/HARMFUL?queue=harm"));

        foreach (var key in (string[])["1", "d", "a"])
        {
            await page.Keyboard.PressAsync(key);
        }

        await Assertions.Expect(page.Locator("input[type=radio]:checked, input[data-document]:checked")).ToHaveCountAsync(0);
        await page.Locator("input[name=verdict][value=keep]").CheckAsync();
        await page.Keyboard.PressAsync("Control+Enter");
        await Assertions.Expect(page.GetByText("Decided: keep, on the exchange.")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Form_SentTwice_DecidesOnce(bool scripts)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, _desk, scripts);
        var page = visit.Page;
        await visit.OpenAsync(_desk.Path("/exchanges/HARMFUL"));
        await page.Locator("input[name=verdict][value=escalate]").CheckAsync();
        var act = await page.Locator("input[name=act]").InputValueAsync();
        var decide = page.GetByRole(AriaRole.Button, new() { Name = "Decide", Exact = true });
        await decide.ClickAsync();
        await Assertions.Expect(page.GetByText("Decided: escalate, on the exchange.")).ToBeVisibleAsync();

        // What a browser does that sends a form again: the same act once more.
        await page.EvaluateAsync("act => document.querySelector('input[name=act]').value = act", act);
        await page.Locator("input[name=verdict][value=escalate]").CheckAsync();
        await decide.ClickAsync();
        await Assertions.Expect(page.GetByText("Decided: escalate, on the exchange.")).ToBeVisibleAsync();

        Assert.Single(await _desk.Reviews.NewestAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Form_WithoutAVerdictOrWithABadWeight_KeepsWhatWasTyped(bool scripts)
    {
        await using var visit = await Visit.LoggedInAsync(chromium, _desk, scripts);
        var page = visit.Page;
        await visit.OpenAsync(_desk.Path("/exchanges/HARMFUL"));
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Note" }).FillAsync("half a thought");
        var decide = page.GetByRole(AriaRole.Button, new() { Name = "Decide", Exact = true });
        await decide.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Choose what to do.");

        await page.Locator("input[name=verdict][value=weight]").CheckAsync();
        await page.GetByLabel("Weight, for down-weighting").FillAsync("a lot");
        await decide.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("'a lot' is no weight: give a number of 0 or more, such as 0.5.");
        await Assertions.Expect(page.GetByRole(AriaRole.Textbox, new() { Name = "Note" })).ToHaveValueAsync("half a thought");
        Assert.Empty(await _desk.Reviews.NewestAsync());
    }
}
