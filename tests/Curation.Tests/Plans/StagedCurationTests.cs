using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Tests.Plans;

public class StagedCurationTests
{
    [Fact]
    public void Run_StagesInOrder_EachSeesWhatTheOnesBeforeLeft()
    {
        using var sandbox = new PlanSandbox();
        var (first, second) = (TableStage.Drops("first", "d01", "d02"), TableStage.Drops("second", "d05"));

        var (corpus, summary) = sandbox.Run(PlanSandbox.Plan(first, second), "clean");

        Assert.Equal(12, first.Seen.Count);
        Assert.Equal(sandbox.Documents.Select(d => d.Id).Except(["d01", "d02"]), second.Seen);
        Assert.Equal(sandbox.Documents.Select(d => d.Id).Except(["d01", "d02", "d05"]), corpus.Documents().Select(d => d.Id));
        Assert.Equal(
            [(1, 12, 10, 78L, 73L), (2, 10, 9, 73L, 67L)],
            summary.Stages.Select(stage => (stage.Stage, stage.Documents, stage.DocumentsLeft, stage.Words, stage.WordsLeft)));
        Assert.Equal([new ReasonSummary("drop", "listed", 2, 5)], summary.Stages[0].Reasons);
        Assert.Equal(["1 first d01", "1 first d02", "2 second d05"], corpus.Ledger().Select(e => $"{e.Stage} {e.Kind} {e.Id}"));
        Assert.Equal("the plan's text", File.ReadAllText(Path.Combine(corpus.Directory, CurationFiles.Plan)));
        Assert.Equal(summary.Stages.Select(s => s.DocumentsLeft), CurationSummary.Read(Path.Combine(corpus.Directory, CurationSummary.FileName)).Stages.Select(s => s.DocumentsLeft));
    }

    [Fact]
    public void Run_Twice_SameBytesAndNothingIsLeftBehind()
    {
        using var sandbox = new PlanSandbox();
        PlanFile Plan() => PlanSandbox.Plan(TableStage.Drops("a", "d01"), TableStage.Masks("b", [[0, 4]], "d03"), TableStage.Weighs("c", .5, "d03", "d04"));

        sandbox.Run(Plan(), "one");
        sandbox.Run(Plan(), "two");

        Assert.Equal(sandbox.Hashes("one"), sandbox.Hashes("two"));
        Assert.Equal(["one", "two", "web"], Directory.GetDirectories(sandbox.Corpora).Select(d => Path.GetFileName(d)!).Order());
    }

    [Fact]
    public void Run_SeveralMasksAndWeights_AreJoinedAndMultipliedAndSaid()
    {
        using var sandbox = new PlanSandbox();
        var plan = PlanSandbox.Plan(
            TableStage.Masks("m1", [[0, 4]], "d03", "d04"), TableStage.Masks("m2", [[2, 6], [8, 9]], "d03"),
            TableStage.Weighs("w1", .5, "d05", "d06"), TableStage.Weighs("w2", .25, "d05"), TableStage.Drops("end", "d04", "d06"));

        var (corpus, summary) = sandbox.Run(plan, "clean");

        var mask = Assert.Single(TokenMask.Read(Path.Combine(corpus.Directory, CurationFiles.Mask)));
        Assert.Equal(("d03", "0-6 8-9"), (mask.Id, string.Join(' ', mask.Spans.Select(span => $"{span[0]}-{span[1]}"))));
        Assert.Equal([("d05", .125)], DocumentWeights.Read(Path.Combine(corpus.Directory, CurationFiles.Weights)).Select(one => (one.Key, one.Value)));
        Assert.Equal((1, 1, 2), (summary.Masked, summary.Weighed, summary.Dropped));
        Assert.Contains(summary.Notes, note => note.Contains("masks are joined", StringComparison.Ordinal));
        Assert.Contains(summary.Notes, note => note.Contains("weights are multiplied", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_Overrides_StandAboveEveryStage()
    {
        using var sandbox = new PlanSandbox();
        var (first, second) = (TableStage.Drops("first", "d00", "d01"), TableStage.Masks("second", [[0, 4]], "d00", "d02"));

        var (corpus, summary) = sandbox.Run(
            PlanSandbox.Plan(first, second), "clean",
            new ReviewerOverride("d00", OverrideDecision.Keep, "alice"), new ReviewerOverride("d02", OverrideDecision.Drop, "bob"),
            new ReviewerOverride("d05", OverrideDecision.Weight, "bob") { Weight = .5 });

        Assert.DoesNotContain("d02", first.Seen); // what a reviewer drops is no twin of anything
        Assert.Contains("d00", second.Seen); // what one keeps still is
        Assert.Equal(["d00", "d03"], corpus.Documents().Take(2).Select(d => d.Id));
        Assert.Null(CurationFiles.In(corpus.Directory, CurationFiles.Mask));
        Assert.Equal(
            ["0 d00 keep", "0 d02 drop", "0 d05 weight", "1 d00 keep", "1 d01 drop", "2 d00 keep"],
            corpus.Ledger().Select(e => $"{e.Stage} {e.Id} {e.Action}"));
        Assert.Equal((2, 3, 1), (summary.Dropped, summary.Overridden, summary.Weighed));
    }

    [Fact]
    public void Run_StageDropsMoreThanAtMost_StopsThereAndWritesNothing()
    {
        using var sandbox = new PlanSandbox();
        var after = TableStage.Drops("after");
        var plan = PlanSandbox.Plan(TableStage.Drops("greedy", "d00", "d01", "d02", "d03"), after);
        plan = plan with { Stages = [plan.Stages[0] with { AtMost = .25 }, plan.Stages[1]] };

        var error = Assert.Throws<BadInputException>(() => sandbox.Run(plan, "clean"));

        Assert.Equal(("curation.yaml", 2L), (error.Path, error.Line));
        Assert.Contains("drops 4 of 12 documents, more than at_most, 0.25", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, after.Asked);
        Assert.False(Directory.Exists(Path.Combine(sandbox.Corpora, "clean")));

        // At its own bound it may go on, and what it decided is kept.
        var greedy = (TableStage)plan.Stages[0].Stage;
        sandbox.Run(plan with { Stages = [plan.Stages[0] with { AtMost = 1 / 3d }, plan.Stages[1]] }, "clean");
        Assert.Equal((1, 1), (greedy.Asked, after.Asked));
    }

    [Fact]
    public void Run_NothingIsLeft_StopsUnlessItMay()
    {
        using var sandbox = new PlanSandbox();
        var after = TableStage.Drops("after", "d00");
        var plan = PlanSandbox.Plan(TableStage.Drops("all", [.. sandbox.Documents.Select(d => d.Id)]), after);

        using (var staged = sandbox.Decide(plan))
        {
            Assert.Contains("none is left", staged.Stopped!.Message, StringComparison.Ordinal);
            Assert.Contains("--allow-empty", staged.Stopped.Message, StringComparison.Ordinal);
            Assert.Equal(0, Assert.Single(staged.Summary().Stages).DocumentsLeft);
        }

        var result = sandbox.Run(sandbox.Options(plan, "clean") with { AllowEmpty = true });

        Assert.Equal((0, 12, 0), (result.Corpus.Count, result.Summary.Dropped, after.Asked));
        Assert.Empty(Corpus.Open(result.Corpus.Directory).Documents());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_AnyPlan_IsWhatTheReferenceDoesAndAddsUp(int seed)
    {
        using var sandbox = new PlanSandbox();
        var (stages, overrides) = Drawn(seed, sandbox.Documents);

        var (corpus, summary) = sandbox.Run(PlanSandbox.Plan(stages), "clean", overrides);

        var expected = PlanReference.Run(sandbox.Documents, stages, overrides);
        Assert.Equal(expected.Kept, corpus.Documents().Select(d => d.Id));
        Assert.Equal(expected.Weights, CurationFiles.In(corpus.Directory, CurationFiles.Weights) is { } weights ? DocumentWeights.Read(weights) : new Dictionary<string, double>());
        Assert.Equal(expected.Masked, CurationFiles.In(corpus.Directory, CurationFiles.Mask) is { } masks
            ? TokenMask.Read(masks).ToDictionary(m => m.Id, m => string.Concat(sandbox.Documents.Single(d => d.Id == m.Id).Text.Select((_, i) => m.Spans.Any(s => s[0] <= i && i < s[1]) ? '1' : '0')))
            : []);

        // In = kept + dropped by reason, for the whole and for every stage; and the ledger says the same.
        var byReason = summary.Stages.SelectMany(s => s.Reasons).Where(r => r.Action == "drop").Sum(r => r.Documents);
        Assert.Equal(summary.Documents, corpus.Count + byReason);
        Assert.Equal(byReason, corpus.Ledger().Count(e => e.Action == "drop"));
        Assert.Equal(summary.Words - summary.WordsLeft, summary.Stages.SelectMany(s => s.Reasons).Where(r => r.Action == "drop").Sum(r => r.Words));
        Assert.All(summary.Stages, s => Assert.Equal(s.Documents - s.DocumentsLeft, s.Reasons.Where(r => r.Action == "drop").Sum(r => r.Documents)));
        Assert.Equal(summary.Dropped, summary.Sources.Sum(s => s.Dropped));
        Assert.Equal(corpus.Ledger().Count(), corpus.Ledger().DistinctBy(e => (e.Stage, e.Id)).Count());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_DocumentsInAnotherOrder_SameDecisions(int seed)
    {
        using var sandbox = new PlanSandbox();
        var (stages, overrides) = Drawn(seed, sandbox.Documents);
        using var reversed = new PlanSandbox(sandbox.Documents.Reverse());

        var one = sandbox.Run(PlanSandbox.Plan(stages), "clean", overrides);
        var other = reversed.Run(PlanSandbox.Plan(stages), "clean", overrides);

        Assert.Equal(one.Corpus.Documents().Select(d => d.Id), other.Corpus.Documents().Select(d => d.Id).Reverse());
        Assert.Equal(one.Corpus.Ledger().OrderBy(e => (e.Stage, e.Id)), other.Corpus.Ledger().OrderBy(e => (e.Stage, e.Id)));
        Assert.Equal(one.Summary.Stages.Select(Counts), other.Summary.Stages.Select(Counts));
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    private static string Counts(StageSummary stage) => $"{stage.Stage} {stage.Documents} {stage.DocumentsLeft} {stage.WordsLeft} {string.Join(", ", stage.Reasons)}";

    /// <summary>Three stages that decide at random, and overrides at random. At least one document stays: d11, which nothing touches.</summary>
    private static (TableStage[] Stages, ReviewerOverride[] Overrides) Drawn(int seed, IReadOnlyList<Document> documents)
    {
        var random = SplitMix64.Of(seed);
        var stages = Enumerable.Range(0, 3).Select(number =>
        {
            var table = documents.SkipLast(1).ToDictionary(d => d.Id, d => Decided(d, $"stage{number}", random));
            return new TableStage($"stage{number}", document => table.GetValueOrDefault(document.Id));
        });
        var overrides = documents.SkipLast(1).Where(_ => random.NextInt(4) == 0).Select(d => (OverrideDecision)random.NextInt(5) is var decision && decision == OverrideDecision.Mask
            ? new ReviewerOverride(d.Id, decision, "alice") { Tokens = [1], Spans = [[0, 3]] }
            : new ReviewerOverride(d.Id, decision, "alice") { Weight = decision == OverrideDecision.Weight ? .75 : null });
        return ([.. stages], [.. overrides]);
    }

    private static Decision? Decided(Document document, string rule, SplitMix64 random)
    {
        var (kind, at) = (random.NextInt(6), random.NextInt(3));
        return kind switch
        {
            0 => new Decision(document.Id, CurationAction.Drop, rule) { Reason = $"reason{at}" },
            1 => new Decision(document.Id, CurationAction.Mask, rule) { Mask = new DocumentMask(document.Id, [at + 1], [[at, at + 2]]) },
            2 => new Decision(document.Id, CurationAction.Weight, rule) { Weight = .5 },
            3 => new Decision(document.Id, CurationAction.Keep, rule),
            _ => null,
        };
    }
}

/// <summary>The rules of <see cref="StagedCuration"/>, slow and plain: document after document through all stages.</summary>
internal static class PlanReference
{
    public static (List<string> Kept, Dictionary<string, double> Weights, Dictionary<string, string> Masked) Run(
        IReadOnlyList<Document> documents, IReadOnlyList<TableStage> stages, IReadOnlyList<ReviewerOverride> overrides)
    {
        List<string> kept = [];
        Dictionary<string, double> weights = [];
        Dictionary<string, string> masked = [];
        foreach (var document in documents)
        {
            var reviewer = overrides.SingleOrDefault(one => one.Id == document.Id);
            var marks = new bool[document.Text.Length];
            var (stays, isMasked, weight) = (reviewer?.Decision != OverrideDecision.Drop, false, (double?)null);
            if (reviewer is null or { Decision: OverrideDecision.Escalate })
            {
                foreach (var stage in stages.TakeWhile(_ => stays))
                {
                    var context = new StageContext(NullProgress.Instance, CancellationToken.None);
                    var decision = stage.Decide(StageDocuments.Of([document]), context).SingleOrDefault();
                    stays = decision?.Action != CurationAction.Drop;
                    weight = decision?.Weight is { } factor ? (weight ?? 1) * factor : weight;
                    isMasked |= Mark(marks, decision?.Mask?.Spans);
                }
            }
            else
            {
                weight = reviewer.Weight;
                isMasked = Mark(marks, reviewer.Spans);
            }

            if (stays)
            {
                kept.Add(document.Id);
                if (weight is { } w)
                {
                    weights[document.Id] = w;
                }

                if (isMasked)
                {
                    masked[document.Id] = string.Concat(marks.Select(mark => mark ? '1' : '0'));
                }
            }
        }

        return (kept, weights, masked);
    }

    private static bool Mark(bool[] marks, int[][]? spans)
    {
        foreach (var span in spans ?? [])
        {
            Array.Fill(marks, true, span[0], span[1] - span[0]);
        }

        return spans is not null;
    }
}
