using Tda.Store.Reviews;

namespace Tda.Store.Tests.Reviews;

public sealed class ReviewStoreTests
{
    [Theory]
    [ClassData(typeof(Databases))]
    public async Task DecideAsync_EveryMember_ReadAsItWasGiven(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var mask = desk.Decision("d-1", "ann", ReviewVerdict.Mask) with
        {
            Corpus = "corpus",
            Run = "run-1",
            Exchange = "e-1",
            Reason = "personal_data",
            Note = "it's \"so\"; DROP TABLE review_decisions; -- naïve 日本語 🦊\nsecond line",
            Tokens = [1, 2, 30],
            Spans = [[0, 4], [9, 12]],
            Adjudicates = true,
        };
        var weight = mask with { Subject = ReviewSubject.Document("d'2"), Verdict = ReviewVerdict.Weight, Weight = 0.25, Tokens = null, Spans = null };

        var added = await desk.Store.DecideAsync([mask, weight]);

        Assert.Equal([1L, 2L], added.Select(decision => decision.Number));
        Assert.Equivalent(new[] { mask with { Number = 1 }, weight with { Number = 2 } }, added, strict: true);
        Assert.Equivalent(added, await desk.Store.ActAsync(mask.Act), strict: true);
        Assert.Equivalent(added.Take(1), await desk.Store.HistoryAsync(mask.Subject), strict: true);
        Assert.Equivalent(added, await desk.Store.ReadAsync().ToListAsync(), strict: true);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task DecideAsync_WhatNoDatabaseHolds_StoredAsReplacement(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);

        var added = await desk.Store.DecideAsync([desk.Decision("d-1", "ann") with { Note = "a\0b\ud800c" }]);

        Assert.Equal("a\u2400b\ufffdc", added.Single().Note);
        Assert.Equal("a\u2400b\ufffdc", (await desk.Store.HistoryAsync(ReviewSubject.Document("d-1"))).Single().Note);
        Assert.Empty(await desk.Store.HistoryAsync(ReviewSubject.Document("d\0")));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task DecideAsync_ActSentTwice_DecidesOnce(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var decision = desk.Decision("d-1", "ann");
        var first = await desk.Store.DecideAsync([decision], new Dictionary<ReviewSubject, long> { [decision.Subject] = 0 });

        // What it expects and what it says now don't matter: it was decided.
        var again = await desk.Store.DecideAsync(
            [decision with { Verdict = ReviewVerdict.Keep }], new Dictionary<ReviewSubject, long> { [decision.Subject] = 0 });

        Assert.Equivalent(first, again, strict: true);
        Assert.Single(await desk.Store.ReadAsync().ToListAsync());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task DecideAsync_OneActFromManyAtOnce_DecidesOnce(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var decision = desk.Decision("d-1", "ann");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => desk.Store.DecideAsync([decision]))));

        Assert.Single(answers.Select(answer => answer.Single().Number).Distinct());
        Assert.Single(await desk.Store.ReadAsync().ToListAsync());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task DecideAsync_SubjectDecidedOnMeanwhile_RefusedWithWhatIsNewer(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var seen = (await desk.Store.DecideAsync([desk.Decision("d-1", "ann")])).Single();
        var newer = (await desk.Store.DecideAsync([desk.Decision("d-1", "bob", ReviewVerdict.Keep)])).Single();
        var late = desk.Decision("d-2", "eve");

        var error = await Assert.ThrowsAsync<ReviewConflictException>(
            () => desk.Store.DecideAsync([late], new Dictionary<ReviewSubject, long> { [seen.Subject] = seen.Number, [late.Subject] = 0 }));

        Assert.Equal("bob decided on d-1 meanwhile", error.Message);
        Assert.Equivalent(new[] { newer }, error.Newer, strict: true);
        Assert.Empty(await desk.Store.ActAsync(late.Act));
        Assert.Single(await desk.Store.DecideAsync([late], new Dictionary<ReviewSubject, long> { [seen.Subject] = newer.Number, [late.Subject] = 0 }));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task DecideAsync_TwoStoresAtOnceOnOneSubject_ExactlyOneWins(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        await using var other = desk.Beside();
        for (var round = 0; round < 10; round++)
        {
            var expected = new Dictionary<ReviewSubject, long> { [ReviewSubject.Document($"d-{round}")] = 0 };
            using var start = new SemaphoreSlim(0);
            var writers = new[] { (desk.Store, "ann"), (other, "bob"), (desk.Store, "eve"), (other, "joe") }.Select(writer => Task.Run(async () =>
            {
                await start.WaitAsync();
                try
                {
                    await writer.Item1.DecideAsync([desk.Decision($"d-{round}", writer.Item2)], expected);
                    return writer.Item2;
                }
                catch (ReviewConflictException)
                {
                    return null;
                }
            })).ToList();
            start.Release(writers.Count);

            var winner = Assert.Single(await Task.WhenAll(writers), by => by is not null);

            Assert.Equal(winner, Assert.Single(await desk.Store.HistoryAsync(expected.Keys.Single())).By);
        }
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task DecideAsync_WhatIsWrong_Refused(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var decision = desk.Decision("d-1", "ann");

        await ExpectAsync("there is nothing to decide");
        await ExpectAsync("the act must have 8 to 64 characters", decision with { Act = "short" });
        await ExpectAsync("needs a weight", decision with { Verdict = ReviewVerdict.Weight });
        await ExpectAsync("several acts or reviewers", decision, desk.Decision("d-2", "ann"));
        await ExpectAsync("several acts or reviewers", decision, decision with { By = "bob", Subject = ReviewSubject.Document("d-2") });
        await ExpectAsync("once on a subject", decision, decision with { Verdict = ReviewVerdict.Keep });
        await ExpectAsync("taken back by its name", decision with { Verdict = ReviewVerdict.Undo, Undoes = "act-of-another" });
        Assert.Empty(await desk.Store.ReadAsync().ToListAsync());

        async Task ExpectAsync(string message, params ReviewDecision[] decisions) => Assert.Contains(
            message, (await Assert.ThrowsAsync<ArgumentException>(() => desk.Store.DecideAsync(decisions))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task UndoAsync_AnAct_TakenBackOnce(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var one = desk.Decision("d-1", "ann") with { Corpus = "corpus", Run = "run-1", Reason = "spam" };
        await desk.Store.DecideAsync([one, one with { Subject = ReviewSubject.Exchange("e-1"), Corpus = null }]);

        var undone = await desk.Store.UndoAsync(one.Act, "bob", desk.Time.GetUtcNow());
        var again = await desk.Store.UndoAsync(one.Act, "eve", desk.Time.GetUtcNow().AddDays(1));

        Assert.Equal([3L, 4L], undone.Select(decision => decision.Number));
        Assert.All(undone, decision => Assert.Equal((ReviewVerdict.Undo, one.Act, "bob", "run-1"), (decision.Verdict, decision.Undoes, decision.By, decision.Run)));
        Assert.All(undone, decision => Assert.Empty(decision.Errors()));
        Assert.Equal([one.Subject, ReviewSubject.Exchange("e-1")], undone.Select(decision => decision.Subject));
        Assert.Equivalent(undone, again, strict: true);
        Assert.Equivalent(undone, await desk.Store.ActAsync(undone[0].Act), strict: true);
        var state = (await desk.Store.StatesAsync(ReviewSubjectKind.Document, ["d-1"]))["d-1"];
        Assert.Equal((ReviewStatus.Open, null, 0, 3L), (state.Status, state.Verdict, state.Reviewers, state.Number));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task UndoAsync_UnknownActOrAnUndoing_DoesNothing(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var decision = desk.Decision("d-1", "ann");
        await desk.Store.DecideAsync([decision]);
        var undone = await desk.Store.UndoAsync(decision.Act, "ann", desk.Time.GetUtcNow());

        Assert.Empty(await desk.Store.UndoAsync("no-such-act", "ann", desk.Time.GetUtcNow()));
        Assert.Empty(await desk.Store.UndoAsync(undone.Single().Act, "ann", desk.Time.GetUtcNow()));
        Assert.Equal(2, await desk.Store.ReadAsync().CountAsync());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task StatesAsync_ReviewersDisagreeAndAnAdjudicatorSettles_Follows(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        await desk.Store.DecideAsync([desk.Decision("d-1", "ann")]);
        Assert.Equal((ReviewStatus.Decided, ReviewVerdict.Drop, 1), await StateAsync());

        await desk.Store.DecideAsync([desk.Decision("d-1", "bob", ReviewVerdict.Keep)]);
        Assert.Equal((ReviewStatus.Disagreed, null, 2), await StateAsync());

        var adjudication = desk.Decision("d-1", "eve", ReviewVerdict.Keep) with { Adjudicates = true };
        await desk.Store.DecideAsync([adjudication]);
        Assert.Equal((ReviewStatus.Decided, ReviewVerdict.Keep, 1), await StateAsync());

        await desk.Store.DecideAsync([desk.Decision("d-1", "joe", ReviewVerdict.Escalate)]);
        Assert.Equal((ReviewStatus.Escalated, null, 2), await StateAsync());

        await desk.Store.UndoAsync(adjudication.Act, "eve", desk.Time.GetUtcNow());
        Assert.Equal((ReviewStatus.Escalated, null, 3), await StateAsync());
        Assert.Empty(await desk.Store.StatesAsync(ReviewSubjectKind.Exchange, ["d-1"]));
        Assert.Empty(await desk.Store.StatesAsync(ReviewSubjectKind.Document, []));

        async Task<(ReviewStatus Status, ReviewVerdict? Verdict, int Reviewers)> StateAsync()
        {
            var state = Assert.Single(await desk.Store.StatesAsync(ReviewSubjectKind.Document, ["d-1", "unknown"])).Value;
            return (state.Status, state.Verdict, state.Reviewers);
        }
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task StatesAsync_AfterRandomDecisionsAndUndos_AreWhatTheHistoriesComeTo(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        for (var seed = 0; seed < 4; seed++)
        {
            var acts = await desk.DecideAtRandomAsync(new Random(seed), count: 60, documents: 6);
            Assert.Equal(60, acts);
        }

        var all = await desk.Store.ReadAsync().ToListAsync();
        foreach (var kind in Enum.GetValues<ReviewSubjectKind>())
        {
            var ids = all.Where(decision => decision.Subject.Kind == kind).Select(decision => decision.Subject.Id).Distinct().ToList();
            var states = await desk.Store.StatesAsync(kind, ids);
            Assert.NotEmpty(ids);
            foreach (var id in ids)
            {
                Assert.Equal(ReviewState.Of([.. all.Where(decision => decision.Subject == new ReviewSubject(kind, id))]), states[id]);
            }

            foreach (var status in Enum.GetValues<ReviewStatus>())
            {
                var page = await desk.Store.WithStatusAsync(kind, status, limit: 1000);
                Assert.Equal(states.Values.Where(state => state.Status == status).OrderBy(state => state.Number), page);
                Assert.Equal(page.Skip(1), await desk.Store.WithStatusAsync(kind, status, page.FirstOrDefault()?.Number ?? 0, limit: 1000));
                Assert.Equal(page.Take(2), await desk.Store.WithStatusAsync(kind, status, limit: 2));
            }
        }

        var undone = all.Select(decision => decision.Undoes).ToHashSet();
        var standing = all.Where(decision => decision.Verdict != ReviewVerdict.Undo && !undone.Contains(decision.Act));
        var totals = await desk.Store.TotalsAsync();
        Assert.Equal(
            standing.GroupBy(decision => (decision.By, decision.Verdict)).Select(own => (own.Key.By, own.Key.Verdict, (long)own.Count()))
                .OrderBy(own => own.By, StringComparer.Ordinal).ThenBy(own => own.Verdict),
            totals.ByReviewer);
        Assert.Equal(all.Select(decision => decision.Subject).Distinct().Count(), totals.ByStatus.Values.Sum());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task NewestAsync_PageByPage_EveryDecisionNewestFirst(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        for (var i = 0; i < 7; i++)
        {
            await desk.Store.DecideAsync([desk.Decision($"d-{i}", i % 2 == 0 ? "ann" : "bob")]);
        }

        Assert.Equal([7L, 6L, 5L], (await desk.Store.NewestAsync(limit: 3)).Select(decision => decision.Number));
        Assert.Equal([4L, 3L], (await desk.Store.NewestAsync(before: 5, limit: 2)).Select(decision => decision.Number));
        Assert.Equal([6L, 4L, 2L], (await desk.Store.NewestAsync("bob")).Select(decision => decision.Number));
        Assert.Equal([2L], (await desk.Store.NewestAsync("bob", before: 4)).Select(decision => decision.Number));
        Assert.Empty(await desk.Store.NewestAsync("nobody' OR 1=1 --"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ReadAsync_MoreThanABlock_EveryDecisionOnceInOrder(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var act = desk.Decision("d-0", "ann");
        await desk.Store.DecideAsync([.. Enumerable.Range(0, 1500).Select(i => act with { Subject = ReviewSubject.Document($"d-{i}") })]);

        Assert.Equal(Enumerable.Range(1, 1500).Select(i => (long)i), (await desk.Store.ReadAsync().ToListAsync()).Select(decision => decision.Number));
        Assert.Equal([1499L, 1500L], (await desk.Store.ReadAsync(after: 1498).ToListAsync()).Select(decision => decision.Number));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task StandingAsync_EveryStatus_WhatCurationObeys(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        await desk.Store.DecideAsync([desk.Decision("decided", "ann") with { Reason = "spam" }]);
        await desk.Store.DecideAsync([desk.Decision("decided", "bob") with { Reason = "harmful", Note = "the newest" }]);
        await desk.Store.DecideAsync([desk.Decision("escalated", "ann", ReviewVerdict.Escalate) with { Note = "ask a lawyer" }]);
        await desk.Store.DecideAsync([desk.Decision("escalated", "bob")]);
        await desk.Store.DecideAsync([desk.Decision("disagreed", "bob", ReviewVerdict.Weight) with { Weight = 0.5 }]);
        await desk.Store.DecideAsync([desk.Decision("disagreed", "ann", ReviewVerdict.Mask) with { Tokens = [1], Spans = [[0, 1]] }]);
        var open = desk.Decision("open", "ann");
        await desk.Store.DecideAsync([open]);
        await desk.Store.UndoAsync(open.Act, "ann", desk.Time.GetUtcNow());
        await desk.Store.DecideAsync([desk.Decision("an exchange", "ann") with { Subject = ReviewSubject.Exchange("an exchange") }]);

        var standing = await desk.Store.StandingAsync();

        Assert.Equal(["decided", "disagreed", "escalated"], standing.Select(decision => decision.Subject.Id));
        Assert.Equal((ReviewVerdict.Drop, "bob", "harmful", "the newest"), (standing[0].Verdict, standing[0].By, standing[0].Reason, standing[0].Note));
        Assert.Equal(
            (ReviewVerdict.Escalate, "ann, bob", "the reviewers disagree: ann says mask, bob says weight", null, null),
            (standing[1].Verdict, standing[1].By, standing[1].Note, standing[1].Weight, standing[1].Tokens));
        Assert.Equal((ReviewVerdict.Escalate, "ann", "ask a lawyer"), (standing[2].Verdict, standing[2].By, standing[2].Note));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task RatedAsync_SeveralReviewers_WhatTheySaidAsIfNobodyHadAdjudicated(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        await desk.Store.DecideAsync([desk.Decision("two", "ann")]);
        await desk.Store.DecideAsync([desk.Decision("two", "bob", ReviewVerdict.Keep)]);
        await desk.Store.DecideAsync([desk.Decision("one", "ann")]);
        await desk.Store.DecideAsync([desk.Decision("three", "ann")]);
        await desk.Store.DecideAsync([desk.Decision("three", "bob", ReviewVerdict.Keep)]);
        await desk.Store.DecideAsync([desk.Decision("three", "ann", ReviewVerdict.Keep)]);
        await desk.Store.DecideAsync([desk.Decision("two", "eve") with { Adjudicates = true }]);

        var rated = await desk.Store.RatedAsync();

        Assert.Equal(["two", "three"], rated.Select(subject => subject.Subject.Id));
        Assert.Equal([("ann", ReviewVerdict.Drop), ("bob", ReviewVerdict.Keep)], rated[0].Verdicts);
        Assert.Equal([("bob", ReviewVerdict.Keep), ("ann", ReviewVerdict.Keep)], rated[1].Verdicts);
        Assert.Equal("two", Assert.Single(await desk.Store.RatedAsync(most: 1)).Subject.Id);
    }
}
