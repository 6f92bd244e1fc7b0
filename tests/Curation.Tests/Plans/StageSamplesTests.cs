using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Tests.Plans;

public class StageSamplesTests
{
    [Fact]
    public void Draw_DocumentsInAnotherOrder_SameSamples()
    {
        using var sandbox = new PlanSandbox();
        using var reversed = new PlanSandbox(sandbox.Documents.Reverse());

        var one = Draw(sandbox, 3);
        var other = Draw(reversed, 3);

        Assert.Equal(one.Select(sample => sample.Document.Id), other.Select(sample => sample.Document.Id));
        Assert.Equal(3, one.Count(sample => sample.Decision.Reason == "long"));
        Assert.Equal(2, one.Count(sample => sample.Decision.Reason == "short")); // there are no more
    }

    [Fact]
    public void Draw_DecisionWithATwin_ShowsBothTexts()
    {
        using var sandbox = new PlanSandbox();
        var sample = Draw(sandbox, 20).Single(one => one.Document.Id == "d00");

        Assert.Equal(("word", "word word word"), (sample.Document.Excerpt, sample.Twin!.Excerpt));
    }

    [Fact]
    public void Draw_None_ReadsNothing()
    {
        using var sandbox = new PlanSandbox();
        Assert.Empty(Draw(sandbox, 0));
    }

    [Fact]
    public void Of_TextCutInsideASurrogatePair_KeepsItWhole()
    {
        using var sandbox = new PlanSandbox([new Document("a", "s", "abc😀def")]);
        var context = new StageContext(NullProgress.Instance, TestContext.Current.CancellationToken);

        Assert.Equal("abc…", ShownDocument.Of(Corpus.Open(sandbox.Source), ["a"], 4, context)["a"].Excerpt);
        Assert.Equal("abc😀…", ShownDocument.Of(Corpus.Open(sandbox.Source), ["a"], 5, context)["a"].Excerpt);
    }

    private static IReadOnlyList<StageSample> Draw(PlanSandbox sandbox, int count)
    {
        using var staged = sandbox.Decide(PlanSandbox.Plan(new TableStage("length", document => document.Text.Length switch
        {
            < 12 => new Decision(document.Id, CurationAction.Drop, "rule") { Reason = "short", Twin = "d02" },
            > 20 => new Decision(document.Id, CurationAction.Drop, "rule") { Reason = "long" },
            _ => null,
        })));
        return StageSamples.Draw(staged, count, new StageContext(NullProgress.Instance, TestContext.Current.CancellationToken));
    }
}
