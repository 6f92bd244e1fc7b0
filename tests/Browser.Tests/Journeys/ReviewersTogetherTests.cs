using Tda.Browser.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Browser.Tests.Journeys;

/// <summary>Several reviewers at one desk: locks, disagreement, an adjudicator, and who may do what.</summary>
public sealed class ReviewersTogetherTests(ChromiumFixture chromium) : IAsyncLifetime
{
    private readonly Desk _desk = new();

    public ValueTask InitializeAsync() => _desk.InitializeAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lock_ExpiredWhileTyping_LosesNothing(bool scripts)
    {
        await using var mara = await Visit.LoggedInAsync(chromium, _desk, scripts);
        await using var ines = await Visit.LoggedInAsync(chromium, _desk, scripts, "ines");
        await mara.OpenAsync(_desk.Path("/exchanges/HARMFUL"));
        await mara.Page.Locator("input[data-document]").Nth(1).CheckAsync();
        await mara.Page.Locator("input[name=verdict][value=drop]").CheckAsync();
        await mara.Page.GetByRole(AriaRole.Textbox, new() { Name = "Note" }).FillAsync("a long thought");
        await ines.OpenAsync(_desk.Path("/exchanges/HARMFUL"));
        await Assertions.Expect(ines.Page.GetByText("mara is looking at this exchange")).ToBeVisibleAsync();

        _desk.Time.Advance(TimeSpan.FromMinutes(16));
        await ines.Page.ReloadAsync();
        await Assertions.Expect(ines.Page.GetByText("This exchange is yours")).ToBeVisibleAsync();
        var decide = mara.Page.GetByRole(AriaRole.Button, new() { Name = "Decide", Exact = true });
        await decide.ClickAsync();

        await Assertions.Expect(mara.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("ines has taken this exchange meanwhile");
        await Assertions.Expect(mara.Page.GetByRole(AriaRole.Textbox, new() { Name = "Note" })).ToHaveValueAsync("a long thought");
        await Assertions.Expect(mara.Page.Locator("input[data-document]").Nth(1)).ToBeCheckedAsync();
        Assert.Empty(await _desk.Reviews.NewestAsync());
        await mara.Page.GetByLabel("Decide although ines has it").CheckAsync();
        await decide.ClickAsync();
        await Assertions.Expect(mara.Page.GetByText("Decided: drop, on the exchange and 1 document.")).ToBeVisibleAsync();
        Assert.All(await _desk.Reviews.NewestAsync(), one => Assert.Equal(("mara", "a long thought"), (one.By, one.Note)));
    }

    [Fact]
    public async Task Next_OfAQueue_PassesOverWhatAnotherHas()
    {
        await using var mara = await Visit.LoggedInAsync(chromium, _desk);
        await using var ines = await Visit.LoggedInAsync(chromium, _desk, name: "ines");
        await mara.OpenAsync("/desk/harm/next");
        await ines.OpenAsync("/desk/harm/next");

        await Assertions.Expect(mara.Page.Locator("h1")).ToHaveTextAsync("Exchange " + _desk.Large.Id);
        await Assertions.Expect(ines.Page.Locator("h1")).ToHaveTextAsync("Exchange " + _desk.Hostile.Id);
        await ines.OpenAsync("/desk/harm");
        await Assertions.Expect(ines.Page.Locator("tbody tr").First).ToContainTextAsync("mara has it");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reviewers_WhoDisagree_AreSettledByAnAdjudicator(bool scripts)
    {
        var path = _desk.Path("/exchanges/HARMFUL");
        foreach (var (name, verdict) in ((string, string)[])[("mara", "drop"), ("ines", "keep")])
        {
            await using var visit = await Visit.LoggedInAsync(chromium, _desk, scripts, name);
            await visit.OpenAsync(path);
            await DecideAsync(visit, verdict);
            Assert.Empty(await _desk.Reviews.LocksAsync(ReviewSubjectKind.Exchange, [_desk.Harmful.Id], _desk.Time.GetUtcNow()));
        }

        await using var reviewer = await Visit.LoggedInAsync(chromium, _desk, scripts);
        await Assertions.Expect(reviewer.Page.GetByRole(AriaRole.Link, new() { Name = "Disagreement", Exact = true })).ToHaveCountAsync(0);
        await using var judge = await Visit.LoggedInAsync(chromium, _desk, scripts, "judge", ReviewRole.Adjudicator);
        await judge.Page.GetByRole(AriaRole.Link, new() { Name = "Disagreement", Exact = true }).ClickAsync();
        await judge.Page.GetByRole(AriaRole.Link, new() { Name = "Take the next" }).ClickAsync();
        await Assertions.Expect(judge.Page.Locator("h1")).ToHaveTextAsync("Exchange " + _desk.Harmful.Id);
        await DecideAsync(judge, "drop");

        var state = (await _desk.Reviews.StatesAsync(ReviewSubjectKind.Exchange, [_desk.Harmful.Id]))[_desk.Harmful.Id];
        Assert.Equal((ReviewStatus.Decided, ReviewVerdict.Drop), (state.Status, state.Verdict));
        await judge.OpenAsync("/history");
        await Assertions.Expect(judge.Page.Locator("tbody tr").First).ToContainTextAsync("adjudicating");
    }

    [Fact]
    public async Task Decision_OnWhatAnotherDecidedMeanwhile_IsShownAndNotLost()
    {
        await using var mara = await Visit.LoggedInAsync(chromium, _desk);
        await using var ines = await Visit.LoggedInAsync(chromium, _desk, name: "ines");
        var path = $"/documents/{DeskCorpus.Name}/{DeskCorpus.Whole.Id}";
        await mara.OpenAsync(path);
        await mara.Page.GetByRole(AriaRole.Textbox, new() { Name = "Note" }).FillAsync("it is the whole text");
        await ines.OpenAsync(path);
        await DecideAsync(ines, "keep");

        await mara.Page.Locator("input[name=verdict][value=drop]").CheckAsync();
        var decide = mara.Page.GetByRole(AriaRole.Button, new() { Name = "Decide", Exact = true });
        await decide.ClickAsync();
        await Assertions.Expect(mara.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("ines decided “keep” on document " + DeskCorpus.Whole.Id);
        await Assertions.Expect(mara.Page.GetByRole(AriaRole.Textbox, new() { Name = "Note" })).ToHaveValueAsync("it is the whole text");
        await decide.ClickAsync();
        await Assertions.Expect(mara.Page.GetByText("Decided: drop, on 1 document.")).ToBeVisibleAsync();
        Assert.Equal(ReviewStatus.Disagreed, (await _desk.Reviews.StatesAsync(ReviewSubjectKind.Document, [DeskCorpus.Whole.Id]))[DeskCorpus.Whole.Id].Status);
    }

    [Fact]
    public async Task Reader_OfAnItem_MayNotDecide()
    {
        await using var visit = await Visit.LoggedInAsync(chromium, _desk, name: "guest", role: ReviewRole.Reader);
        await visit.OpenAsync(_desk.Path("/exchanges/HARMFUL"));

        await Assertions.Expect(visit.Page.GetByText("You may read, and not decide")).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.Locator("button[name=do]")).ToHaveCountAsync(0);
        Assert.Empty(await _desk.Reviews.LocksAsync(ReviewSubjectKind.Exchange, [_desk.Harmful.Id], _desk.Time.GetUtcNow()));
    }

    private static async Task DecideAsync(Visit visit, string verdict)
    {
        await visit.Page.Locator($"input[name=verdict][value={verdict}]").CheckAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Decide", Exact = true }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText($"Decided: {verdict}")).ToBeVisibleAsync();
    }
}
