using System.Text.Json.Nodes;
using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Tests.Plans;

namespace Tda.Curation.Tests.Ledger;

public class ObeyedDecisionsTests
{
    [Fact]
    public void Run_DecisionsOfAStore_StandAboveEveryStageAndAreInLedgerSummaryAndManifest()
    {
        using var sandbox = new PlanSandbox();
        var (first, second) = (TableStage.Drops("first", "d00", "d01"), TableStage.Masks("second", [[0, 4]], "d00", "d02"));

        var (corpus, summary) = sandbox.Run(sandbox.Options(PlanSandbox.Plan(first, second), "clean") with
        {
            Decisions = Store(
                new("d00", OverrideDecision.Keep, "ann"),
                new("d02", OverrideDecision.Drop, "bob") { Reason = "spam", Note = "the same every week" },
                new("d03", OverrideDecision.Mask, "ann") { Tokens = [1, 2], Spans = [[0, 4], [5, 9]] },
                new("of another corpus", OverrideDecision.Drop, "ann"),
                new("of a third", OverrideDecision.Keep, "ann")),
        });

        Assert.DoesNotContain("d02", first.Seen);
        Assert.Equal(
            ["0 d00 keep", "0 d02 drop", "0 d03 mask", "1 d00 keep", "1 d01 drop", "2 d00 keep"],
            corpus.Ledger().Select(e => $"{e.Stage} {e.Id} {e.Action}"));
        Assert.Equal("drop by bob (spam): the same every week", corpus.Ledger().Single(e => e is { Stage: 0, Id: "d02" }).Override);
        Assert.Equal([0, 4, 5, 9], Assert.Single(TokenMask.Read(Path.Combine(corpus.Directory, CurationFiles.Mask))).Spans.SelectMany(span => span));
        Assert.Equal((new DecisionsSummary(3, 2, 77), 3), (summary.Decisions!, summary.Overridden));
        Assert.Contains("2 decisions are on documents that this corpus doesn't have", summary.Notes);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"obeyed":3,"elsewhere":2,"last":77}"""), corpus.Manifest.Details["decisions"]));
    }

    [Fact]
    public void Run_NoStore_SaysNothingOfDecisions()
    {
        using var sandbox = new PlanSandbox();

        var (corpus, summary) = sandbox.Run(PlanSandbox.Plan(TableStage.Drops("first", "d00")), "clean");

        Assert.Null(summary.Decisions);
        Assert.False(corpus.Manifest.Details.ContainsKey("decisions"));
    }

    [Fact]
    public void Run_FileAndStoreSayTheSame_IsFine()
    {
        using var sandbox = new PlanSandbox();
        var ofFile = new ReviewerOverride("d03", OverrideDecision.Mask, "ann") { Tokens = [1], Spans = [[0, 4]], Note = "from the file" };

        var (corpus, summary) = sandbox.Run(sandbox.Options(PlanSandbox.Plan(TableStage.Drops("first", "d00")), "clean", ofFile) with
        {
            Decisions = Store(ofFile with { Reviewer = "bob", Note = null }, new("d04", OverrideDecision.Drop, "bob")),
        });

        Assert.Equal("mask by ann: from the file", corpus.Ledger().Single(e => e is { Stage: 0, Id: "d03" }).Override);
        Assert.Equal((2, 2), (summary.Overridden, summary.Decisions!.Obeyed));
    }

    [Theory]
    [InlineData(OverrideDecision.Drop, null, "drop by ann here, keep by bob there")]
    [InlineData(OverrideDecision.Weight, .5, "weight by ann here, keep by bob there")]
    [InlineData(OverrideDecision.Escalate, null, "escalate by ann here, keep by bob there")]
    public void Run_FileAndStoreDiffer_NamesBoth(OverrideDecision decision, double? weight, string expected)
    {
        using var sandbox = new PlanSandbox();
        var options = sandbox.Options(PlanSandbox.Plan(), "clean", new ReviewerOverride("d03", decision, "ann") { Weight = weight, Note = "a long note" }) with
        {
            Decisions = Store(new ReviewerOverride("d03", OverrideDecision.Keep, "bob")),
        };

        var error = Assert.Throws<BadInputException>(() => sandbox.Run(options));

        Assert.EndsWith("overrides.jsonl", error.Path, StringComparison.Ordinal);
        Assert.Contains($"it decides on document d03 otherwise than the desk does: {expected}", error.Message, StringComparison.Ordinal);
        Assert.Contains("--decisions none", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(sandbox.Corpora, "clean")));
    }

    [Fact]
    public void Run_SameDecisionOfOtherStrength_Differs()
    {
        using var sandbox = new PlanSandbox();
        var weight = new ReviewerOverride("d03", OverrideDecision.Weight, "ann") { Weight = .5 };
        var mask = new ReviewerOverride("d03", OverrideDecision.Mask, "ann") { Tokens = [1], Spans = [[0, 4]] };

        Differ(weight, weight with { Weight = .25 });
        Differ(mask, mask with { Tokens = [2] });
        Differ(mask, mask with { Spans = [[0, 3]] });

        void Differ(ReviewerOverride ofFile, ReviewerOverride ofStore) => Assert.Throws<BadInputException>(
            () => sandbox.Run(sandbox.Options(PlanSandbox.Plan(), "clean", ofFile) with { Decisions = Store(ofStore) }));
    }

    [Theory]
    [InlineData(new[] { 1 }, new[] { 0, 20 }, "it covers characters up to 20, and the text has 19")]
    [InlineData(new[] { 1 }, new[] { 4, 2 }, "its spans must be pairs [start, end), ascending and apart")]
    [InlineData(new[] { 1 }, new[] { 4, 6, 5, 8 }, "its spans must be pairs [start, end), ascending and apart")]
    [InlineData(new[] { 1 }, new[] { -1, 3 }, "its spans must be pairs [start, end), ascending and apart")]
    [InlineData(new[] { 1, 1 }, new[] { 0, 4 }, "its tokens must be ascending, from 1")]
    [InlineData(new[] { 0 }, new[] { 0, 4 }, "its tokens must be ascending, from 1")]
    public void Decide_MaskThatDoesNotFit_NamesDocumentReviewerAndSource(int[] tokens, int[] spans, string expected)
    {
        using var sandbox = new PlanSandbox();
        var mask = new ReviewerOverride("d03", OverrideDecision.Mask, "ann") { Tokens = tokens, Spans = [.. spans.Chunk(2)] };

        var ofStore = Assert.Throws<BadInputException>(() => sandbox.Decide(sandbox.Options(PlanSandbox.Plan(), "") with { Decisions = Store(mask) }));
        var ofFile = Assert.Throws<BadInputException>(() => sandbox.Decide(PlanSandbox.Plan(), mask));

        Assert.Equal("the desk", ofStore.Path);
        Assert.EndsWith("overrides.jsonl", ofFile.Path, StringComparison.Ordinal);
        Assert.All((Exception[])[ofStore, ofFile], error => Assert.Contains($"document d03 can't be masked as ann decided: {expected}", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_MaskToTheVeryEnd_Fits()
    {
        using var sandbox = new PlanSandbox();
        var mask = new ReviewerOverride("d03", OverrideDecision.Mask, "ann") { Tokens = [4, 5], Spans = [[15, 19], [19, 19]] };

        Assert.Equal(1, sandbox.Run(sandbox.Options(PlanSandbox.Plan(), "clean") with { Decisions = Store(mask) }).Summary.Masked);
    }

    [Fact]
    public void Run_KilledAndDecidedOtherwiseMeanwhile_DoesNotGoOnWithTheOldDecisions()
    {
        using var sandbox = new PlanSandbox();
        var keep = new ReviewerOverride("d02", OverrideDecision.Keep, "ann");
        Kill(keep);

        // Decisions on other corpora's documents change nothing here.
        Assert.Equal(0, Asked(Store(keep, new ReviewerOverride("elsewhere", OverrideDecision.Drop, "ann")) with { Last = 78 }));
        Kill(keep);
        Assert.Equal(1, Asked(Store(keep with { Decision = OverrideDecision.Drop })));
        Kill(keep);
        Assert.Equal(1, Asked(null));

        void Kill(ReviewerOverride decision)
        {
            var (first, second) = (TableStage.Drops("first", "d00"), new TableStage("second", _ => null) { BreaksAt = "d05" });
            Assert.Throws<IOException>(() => sandbox.Run(sandbox.Options(PlanSandbox.Plan(first, second), "clean") with { Decisions = Store(decision), Replace = true }));
            Assert.Single(sandbox.Kept(), file => file.EndsWith("01-first.jsonl", StringComparison.Ordinal));
        }

        int Asked(StandingDecisions? decisions)
        {
            var first = TableStage.Drops("first", "d00");
            sandbox.Run(sandbox.Options(PlanSandbox.Plan(first, new TableStage("second", _ => null)), "clean") with { Decisions = decisions, Replace = true });
            return first.Asked;
        }
    }

    private static StandingDecisions Store(params ReviewerOverride[] decisions) => new() { Source = "the desk", Decisions = decisions, Last = 77 };
}
