using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Tests.Plans;

/// <summary>What a stopped curation keeps, and when it isn't used.</summary>
public class StageJournalTests
{
    [Fact]
    public void Run_StoppedInAStage_NextRunGoesOnThereToTheSameBytes()
    {
        using var sandbox = new PlanSandbox();
        TableStage Second(string? breaksAt) => new("second", Judge("d05")) { BreaksAt = breaksAt };
        sandbox.Run(PlanSandbox.Plan(TableStage.Drops("first", "d01"), Second(null)), "whole");
        Assert.Throws<IOException>(() => sandbox.Run(PlanSandbox.Plan(TableStage.Drops("first", "d01"), Second("d07")), "stopped"));
        Assert.Equal("01-first.jsonl", Path.GetFileName(Assert.Single(sandbox.Kept())));

        var first = TableStage.Drops("first", "d01");
        sandbox.Run(PlanSandbox.Plan(first, Second(null)), "stopped");

        Assert.Equal(0, first.Asked);
        Assert.Contains(sandbox.Messages, line => line.Contains("Going on after stage 1 of 2", StringComparison.Ordinal));
        Assert.Equal(sandbox.Hashes("whole"), sandbox.Hashes("stopped"));
        Assert.Empty(sandbox.Kept());
    }

    [Fact]
    public void Run_AfterADryRun_DecidesNothingAgain()
    {
        using var sandbox = new PlanSandbox();
        var (first, second) = (TableStage.Drops("first", "d01"), TableStage.Drops("second", "d05"));
        using (sandbox.Decide(PlanSandbox.Plan(first, second)))
        {
        }

        sandbox.Run(PlanSandbox.Plan(first, second), "clean");

        Assert.Equal((1, 1), (first.Asked, second.Asked));
    }

    [Theory]
    [InlineData("options")]
    [InlineData("rule")]
    [InlineData("inputs")]
    [InlineData("corpus")]
    [InlineData("damage")]
    [InlineData("missing")]
    public void Run_SomethingChanged_StagesFromThereBeginAnewAndItIsSaid(string what)
    {
        using var sandbox = new PlanSandbox();
        var file = sandbox["curation.yaml"];
        TableStage[] stages = [TableStage.Drops("first", "d01"), TableStage.Drops("second", "d05"), TableStage.Drops("third", "d07")];
        PlanFile Plan(TableStage second) => PlanSandbox.Plan(stages[0], second, stages[2]) with { File = file };
        File.WriteAllText(file, "stages:");
        using (sandbox.Decide(Plan(stages[1])))
        {
        }

        var second = new TableStage("second", Judge("d06"), what == "rule" ? "another rule" : "by a table") { Inputs = what == "inputs" ? new Dictionary<string, string> { ["list.txt"] = "hash" } : stages[1].Inputs };
        var plan = Plan(what is "rule" or "inputs" ? second : stages[1]);
        switch (what)
        {
            case "options":
                plan = plan with { Stages = [plan.Stages[0], plan.Stages[1] with { Options = "ids: [d06]" }, plan.Stages[2]] };
                break;
            case "corpus":
                using (var writer = CorpusWriter.Create(sandbox.Source, sandbox.Time, replace: true))
                {
                    writer.Add(new Document("d99", "web", "one"));
                    writer.Commit();
                }

                break;
            case "damage":
                File.AppendAllText(sandbox.Kept()[1], "{");
                break;
            case "missing":
                File.Delete(sandbox.Kept()[1]);
                break;
        }

        using var staged = sandbox.Decide(plan);

        Assert.Equal(what == "corpus" ? 2 : 1, stages[0].Asked);
        Assert.Equal(2, stages[1].Asked + second.Asked);
        Assert.Equal(2, stages[2].Asked);
        Assert.Contains(sandbox.Messages, line => line.Contains("begin anew", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_DamagedManifestOfKeptStages_BeginsAnew()
    {
        using var sandbox = new PlanSandbox();
        var stage = TableStage.Drops("first", "d01");
        using (sandbox.Decide(PlanSandbox.Plan(stage)))
        {
        }

        var manifest = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(sandbox.Kept()[0]))!, Manifest.FileName);
        File.WriteAllText(manifest, "{");
        sandbox.Run(PlanSandbox.Plan(stage), "clean");

        Assert.Equal(2, stage.Asked);
        Assert.Contains(sandbox.Messages, line => line.Contains("can't be used", StringComparison.Ordinal));
    }

    private static Func<Document, Decision?> Judge(params string[] ids) =>
        document => ids.Contains(document.Id) ? new Decision(document.Id, CurationAction.Drop, "rule") : null;
}
