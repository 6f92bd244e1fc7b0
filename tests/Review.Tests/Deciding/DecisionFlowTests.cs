using System.Net;
using Tda.Review.Tests.Support;
using Tda.Store.Reviews;

namespace Tda.Review.Tests.Deciding;

public class DecisionFlowTests
{
    private static readonly string Item = "/exchanges/" + DeskSite.Id(0);

    [Fact]
    public async Task Queue_TakeNext_DecideAndGoOn_EachOnceUntilItIsEmpty()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        List<string> seen = [];
        for (var path = "/desk/harm/next"; ;)
        {
            using var next = await ada.GetAsync(path);
            var item = next.Headers.Location!.ToString();
            if (item.StartsWith("/desk/", StringComparison.Ordinal))
            {
                Assert.Contains("Nothing else waits", await ada.GetStringAsync(item), StringComparison.Ordinal);
                break;
            }

            var page = await ada.GetStringAsync(item);
            seen.Add(item.Split('?')[0]);
            Assert.Contains($"{5 - seen.Count + 1} waiting", page, StringComparison.Ordinal);
            var (status, _, location) = await DeskSite.PostAsync(ada, item.Split('?')[0] + "/decision", DeskSite.Form(page), ("verdict", "keep"), ("weight", "0.5"), ("do", "next"));
            Assert.Equal(HttpStatusCode.SeeOther, status);
            path = location!;
        }

        Assert.Equal([8, 6, 4, 2, 0], seen.Select(path => int.Parse(path[^2..], CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Item_HeldByAnother_IsPassedOverAndTold_UntilTheLockEnds()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        using var bob = site.As("bob", ReviewRole.Reviewer);
        using var first = await ada.GetAsync("/desk/harm/next");
        _ = await ada.GetStringAsync(first.Headers.Location);

        using var second = await bob.GetAsync("/desk/harm/next");
        Assert.NotEqual(first.Headers.Location!.OriginalString, second.Headers.Location!.OriginalString);
        var held = await bob.GetStringAsync(first.Headers.Location);
        Assert.Contains("ada is looking at this exchange", held, StringComparison.Ordinal);

        // What bob types is kept when he is refused, and taken when he insists.
        var refused = await DeskSite.PostAsync(bob, first.Headers.Location.OriginalString.Split('?')[0] + "/decision", DeskSite.Form(held), ("verdict", "drop"), ("note", "what I typed"), ("do", "decide"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("what I typed</textarea>", refused.Page, StringComparison.Ordinal);
        var taken = await DeskSite.PostAsync(bob, first.Headers.Location.OriginalString.Split('?')[0] + "/decision", DeskSite.Form(refused.Page), ("verdict", "drop"), ("over", "yes"), ("do", "decide"));
        Assert.Equal(HttpStatusCode.SeeOther, taken.Status);

        _ = await ada.GetStringAsync(second.Headers.Location); // bob's own isn't open: he never looked at it
        site.Clock.Advance(new DeskOptions().LockTime + TimeSpan.FromSeconds(1));
        Assert.DoesNotContain("is looking at this exchange", await bob.GetStringAsync(second.Headers.Location), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decide_DocumentsAndTwins_PreviewedThenStored_SentTwiceStoredOnce()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        var page = await ada.GetStringAsync(Item);
        Assert.Contains("Verbatim match", page, StringComparison.Ordinal);
        var form = DeskSite.Form(page);
        (string, string)[] fields = [("verdict", "drop"), ("weight", "0.5"), ("reason", "spam"), ("note", "<b>bold</b>"), ("document", site.Documents[0].Id), ("twins", "yes")];

        var preview = await DeskSite.PostAsync(ada, Item + "/decision", form, [.. fields, ("do", "preview")]);
        Assert.Equal(HttpStatusCode.OK, preview.Status);
        Assert.Contains("1 document of 20 and 1 near-duplicate", preview.Page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;bold&lt;/b&gt;", preview.Page, StringComparison.Ordinal);
        Assert.Empty(await site.Reviews.NewestAsync());

        var decided = await DeskSite.PostAsync(ada, Item + "/decision", DeskSite.Form(preview.Page), [.. fields, ("do", "decide")]);
        var again = await DeskSite.PostAsync(ada, Item + "/decision", DeskSite.Form(preview.Page), [.. fields, ("do", "decide")]);
        Assert.Equal((HttpStatusCode.SeeOther, decided.Location), (again.Status, again.Location));
        var stored = await site.Reviews.NewestAsync();
        Assert.Equal(3, stored.Count);
        Assert.Equal(
            new HashSet<string> { DeskSite.Id(0), site.Documents[0].Id, site.Documents[^1].Id }, stored.Select(decision => decision.Subject.Id).ToHashSet());
        Assert.All(stored, decision => Assert.Equal(("ada", ReviewVerdict.Drop, "spam", "<b>bold</b>"), (decision.By, decision.Verdict, decision.Reason, decision.Note)));

        // The page says so and offers to take it back; that empties what stands, not the history.
        var after = await ada.GetStringAsync(decided.Location);
        Assert.Contains("Decided: drop, on the exchange and 2 documents.", after, StringComparison.Ordinal);
        var undo = await DeskSite.PostAsync(ada, $"/acts/{stored[0].Act}/undo", [], ("back", Item));
        Assert.Equal($"{Item}?note=undone", undo.Location);
        Assert.Equal(6, (await site.Reviews.NewestAsync()).Count);
        Assert.Empty(await site.Reviews.StandingAsync());
    }

    [Fact]
    public async Task Decide_SomebodyWasQuicker_409WithWhatWasTyped_ThenBothStand()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        using var eve = site.As("eve", ReviewRole.Adjudicator);
        var page = await ada.GetStringAsync(Item);
        await site.Reviews.DecideAsync([Decision("bob", ReviewVerdict.Keep, ReviewSubject.Exchange(DeskSite.Id(0)))]);

        var late = await DeskSite.PostAsync(ada, Item + "/decision", DeskSite.Form(page), ("verdict", "drop"), ("note", "my reasons"), ("do", "decide"));
        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("bob decided", late.Page, StringComparison.Ordinal);
        Assert.Contains("my reasons</textarea>", late.Page, StringComparison.Ordinal);

        var insisted = await DeskSite.PostAsync(ada, Item + "/decision", DeskSite.Form(late.Page), ("verdict", "drop"), ("note", "my reasons"), ("do", "decide"));
        Assert.Equal(HttpStatusCode.SeeOther, insisted.Status);
        var subject = ReviewSubject.Exchange(DeskSite.Id(0));
        Assert.Equal(ReviewStatus.Disagreed, ReviewState.Of(await site.Reviews.HistoryAsync(subject))!.Status);

        // The adjudicator finds it in a queue of their own, and ends it.
        var home = await eve.GetStringAsync("/");
        Assert.Contains("href=\"/desk/disagreement/next\"", home, StringComparison.Ordinal);
        var shown = await eve.GetStringAsync($"{Item}?queue=disagreement");
        var settled = await DeskSite.PostAsync(eve, Item + "/decision", DeskSite.Form(shown), ("verdict", "keep"), ("do", "decide"));
        Assert.Equal(HttpStatusCode.SeeOther, settled.Status);
        var state = ReviewState.Of(await site.Reviews.HistoryAsync(subject))!;
        Assert.Equal((ReviewStatus.Decided, ReviewVerdict.Keep), (state.Status, state.Verdict));
    }

    [Fact]
    public async Task Decide_WhatCantBe_SaysSoAndStoresNothing()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        var form = DeskSite.Form(await ada.GetStringAsync(Item));
        ((string, string)[] Fields, string Expected)[] cases =
        [
            ([("weight", "0.5")], "Choose what to do."),
            ([("verdict", "undo")], "Choose what to do."),
            ([("verdict", "weight"), ("weight", "much")], "is no weight"),
            ([("verdict", "drop"), ("reason", "because")], "isn't in the list"),
            ([("verdict", "drop"), ("note", new string('x', ReviewDecision.MaxNote + 1))], "longer than"),
            ([("verdict", "mask")], "Choose the documents whose tokens"),
            ([("verdict", "mask"), ("document", site.Documents[1].Id)], "has no token mask"),
            ([("verdict", "drop"), ("document", "gone")], "any more"),
        ];
        foreach (var (fields, expected) in cases)
        {
            var (status, page, _) = await DeskSite.PostAsync(ada, Item + "/decision", form, [.. fields, ("do", "decide")]);
            Assert.True((int)status is 400 or 409, $"{expected}: {status}");
            Assert.Contains(expected, WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        }

        Assert.Empty(await site.Reviews.NewestAsync());
    }

    [Fact]
    public async Task Decide_Mask_TakesTheRunsTokensAndSpans()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);

        var (status, _, _) = await DeskSite.PostAsync(
            ada, Item + "/decision", DeskSite.Form(await ada.GetStringAsync(Item)), ("verdict", "mask"), ("document", site.Documents[0].Id), ("do", "decide"));

        Assert.Equal(HttpStatusCode.SeeOther, status);
        var mask = Assert.Single(await site.Reviews.StandingAsync());
        Assert.Equal([1, 2], mask.Tokens!);
        Assert.Equal([[0, 12]], mask.Spans!);
        Assert.Equal((DeskSite.Corpus, DeskSite.Run, DeskSite.Id(0)), (mask.Corpus, mask.Run, mask.Exchange));
    }

    [Fact]
    public async Task Document_ShowsWhatItSpeaksForAndIsDecidedOn()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        var path = $"/documents/{DeskSite.Corpus}/{site.Documents[0].Id}";

        var page = await ada.GetStringAsync(path);
        Assert.Contains($"href=\"{Item}?run=why\"", page, StringComparison.Ordinal);
        Assert.Contains("<mark class=\"p5 masked\"", page, StringComparison.Ordinal);
        var (status, _, location) = await DeskSite.PostAsync(ada, path + "/decision", DeskSite.Form(page), ("verdict", "weight"), ("weight", "0.25"), ("do", "decide"));

        Assert.Equal((HttpStatusCode.SeeOther, true), (status, location!.StartsWith(path + "?done=", StringComparison.Ordinal)));
        Assert.Equal(.25, Assert.Single(await site.Reviews.StandingAsync()).Weight);
        Assert.Contains("Decided: down-weight, on 1 document.", await ada.GetStringAsync(location), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/exchanges/nope")]
    [InlineData("/desk/nope")]
    [InlineData("/desk/nope/next")]
    [InlineData("/documents/mail/nope")]
    [InlineData("/documents/..%2F..%2Fetc/passwd")]
    [InlineData("/runs/..%2F..")]
    [InlineData("/runs?first=why&second=nope")]
    [InlineData("/sources?run=nope")]
    public async Task Get_WhatIsntThere_404(string path)
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);

        using var response = await ada.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Undo_AnothersAct_TakesAnAdjudicator_AndLeadsNowhereElse()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reviewer);
        using var eve = site.As("eve", ReviewRole.Adjudicator);
        var act = (await site.Reviews.DecideAsync([Decision("bob", ReviewVerdict.Drop, ReviewSubject.Document(site.Documents[0].Id))]))[0].Act;

        Assert.Equal("/?note=not-yours", (await DeskSite.PostAsync(ada, $"/acts/{act}/undo", [], ("back", "//evil.example"))).Location);
        Assert.Equal("/history?note=undone", (await DeskSite.PostAsync(eve, $"/acts/{act}/undo", [], ("back", "/history"))).Location);
        Assert.Equal("/?note=gone", (await DeskSite.PostAsync(eve, "/acts/00000000/undo", [], ("back", "https://evil.example/"))).Location);
    }

    [Fact]
    public async Task Raw_IsAudited_AndTheOtherPagesOpen()
    {
        await using var site = await DeskSite.StartAsync();
        using var ada = site.As("ada", ReviewRole.Reader);

        Assert.Contains("answer 0", await ada.GetStringAsync(Item + "/raw"), StringComparison.Ordinal);
        var audit = Assert.Single(await site.Log.AuditsAsync());
        Assert.Equal(("ada at 127.0.0.1", "view_raw", DeskSite.Id(0)), (audit.Actor, audit.Action, audit.Subject));
        foreach (var path in (string[])["/", "/exchanges", "/desk/harm", "/desk/influence", "/sources", "/runs", "/runs?first=why&second=why", "/history", "/usage", "/help", "/api/v1", "/assets/desk.css", "/assets/desk.js"])
        {
            using var response = await ada.GetAsync(path);
            Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}");
        }

        Assert.Contains("You may read, and not decide", await ada.GetStringAsync(Item), StringComparison.Ordinal);
    }

    private static ReviewDecision Decision(string by, ReviewVerdict verdict, ReviewSubject subject) => new()
    {
        Act = Guid.CreateVersion7().ToString("N"),
        At = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        By = by,
        Subject = subject,
        Verdict = verdict,
        Version = "v",
        Corpus = subject.Kind == ReviewSubjectKind.Document ? DeskSite.Corpus : null,
    };
}
