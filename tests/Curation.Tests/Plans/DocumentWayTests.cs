using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Tests.Plans;

public class DocumentWayTests
{
    [Theory]
    [InlineData("d00", null, "keep keep pass")]
    [InlineData("d01", 1, "drop unreached")]
    [InlineData("d05", 2, "pass drop")]
    [InlineData("d03", null, "pass pass")]
    [InlineData("d07", 0, "drop unreached unreached")]
    public void Of_Document_TellsEveryStage(string id, int? dropped, string outcomes)
    {
        using var sandbox = new PlanSandbox();
        var way = Way(sandbox, id);

        Assert.Equal((id, dropped), (way.Id, way.Dropped));
        Assert.Equal(outcomes, string.Join(' ', way.Steps.Select(step => step.Outcome)));
        Assert.Equal(sandbox.Documents.Single(d => d.Id == id).Text, way.Document!.Excerpt);
    }

    [Fact]
    public void Of_DroppedForATwin_SaysWhatBecameOfTheTwin()
    {
        using var sandbox = new PlanSandbox();
        var twin = Way(sandbox, "d01").Steps[0].Twin!;

        Assert.Equal(("d05", 2), (twin.Id, twin.Dropped));
        Assert.StartsWith("word", twin.Document!.Excerpt, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_CuratedCorpus_IsTheSameAsOfThePlan()
    {
        using var sandbox = new PlanSandbox();
        var expected = Way(sandbox, "d01");
        var (corpus, _) = sandbox.Run(Plan(), "clean", Overrides());
        var summary = CurationSummary.Read(Path.Combine(corpus.Directory, CurationSummary.FileName));

        var way = DocumentWay.Of("d01", Corpus.Open(sandbox.Source), summary, corpus.Ledger, Context);

        Assert.Equal(expected.Steps, way.Steps);
        Assert.Equal(expected.Document, way.Document);

        // The corpus that it was dropped from may be gone.
        Assert.Null(DocumentWay.Of("d01", corpus, summary, corpus.Ledger, Context).Document);
    }

    [Theory]
    [InlineData("d0", "10 documents' ids begin with 'd0': d00, d01, d02, d03, d04")]
    [InlineData("x", "no document's id begins with 'x'")]
    public void Of_PrefixOfNoneOrMany_IsRefused(string prefix, string reason)
    {
        using var sandbox = new PlanSandbox();
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Way(sandbox, prefix)).Message, StringComparison.Ordinal);
    }

    private static StageContext Context => new(NullProgress.Instance, TestContext.Current.CancellationToken);

    private static PlanFile Plan() => PlanSandbox.Plan(
        new TableStage("first", d => d.Id is "d00" or "d01" ? new Decision(d.Id, CurationAction.Drop, "rule") { Twin = "d05", Value = .9, Threshold = .8 } : null),
        TableStage.Drops("second", "d05"));

    private static ReviewerOverride[] Overrides() =>
        [new("d00", OverrideDecision.Keep, "alice"), new("d07", OverrideDecision.Drop, "bob")];

    private static DocumentWay Way(PlanSandbox sandbox, string id)
    {
        using var staged = sandbox.Decide(Plan(), Overrides());
        return DocumentWay.Of(id, staged.Corpus, staged.Summary(), staged.Ledger, Context);
    }
}
