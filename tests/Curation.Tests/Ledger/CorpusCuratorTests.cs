using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Tests.Ledger;

public class CorpusCuratorTests
{
    [Fact]
    public void Run_AllKindsOfDecision_LedgerHasEveryTouchedDocumentAndNoOther()
    {
        using var sandbox = new Sandbox();
        var result = sandbox.Run(
            [Sandbox.Drop("d0"), Sandbox.Mask("d1"), Sandbox.Weight("d2", .5), Sandbox.Drop("d3")],
            new ReviewerOverride("d3", OverrideDecision.Keep, "alice") { Reason = "R2", Note = "a quotation" },
            new ReviewerOverride("d5", OverrideDecision.Drop, "bob"));
        var ledger = result.Corpus.Ledger().ToList();
        Assert.Equal(
            ["0 d3 keep", "0 d5 drop", "1 d0 drop", "1 d1 mask", "1 d2 weight", "1 d3 keep"],
            ledger.Select(e => $"{e.Stage} {e.Id} {e.Action}"));
        Assert.Equal(
            new LedgerEntry("d3", "keep", "drop: top 2 documents", Decision.RuleVersion)
            {
                Stage = 1,
                Kind = "decided",
                Value = 5,
                Threshold = 4.5,
                Override = "keep by alice (R2): a quotation",
            },
            ledger[^1]);
        Assert.Equal("drop by bob", ledger[1].Override);
        Assert.All(ledger.Where(e => e.Id is "d0" or "d1" or "d2"), e => Assert.Null(e.Override));
    }

    [Fact]
    public void Run_Drops_CuratedCorpusReopensAndValidates()
    {
        using var sandbox = new Sandbox();
        var result = sandbox.Run([Sandbox.Drop("d0"), Sandbox.Drop("d9")]);
        var reopened = Corpus.Open(sandbox.Output, verify: true);
        Assert.Equal(sandbox.Documents.Where(d => d.Id is not ("d0" or "d9")), reopened.Documents());
        Assert.Equal((10, 2, 0, 0), (result.Summary.Documents, result.Summary.Dropped, result.Summary.Masked, result.Summary.Weighed));
        Assert.Equal(sandbox.Corpus.ContentHash, reopened.Manifest.Inputs["corpora/mail"]);
    }

    [Fact]
    public void Run_MasksAndWeights_StandInTheCorpusUnderItsManifest()
    {
        using var sandbox = new Sandbox();
        var result = sandbox.Run([Sandbox.Mask("d1", [1, 2, 5]), Sandbox.Weight("d2", .25)]);
        Assert.Equal(10, result.Corpus.Count);
        Assert.Equal(3, result.Summary.MaskedTokens);
        Assert.Equal([1, 2, 5], Assert.Single(TokenMask.Read(Path.Combine(sandbox.Output, CurationFiles.Mask))).Tokens);
        Assert.Equal(.25, DocumentWeights.Read(Path.Combine(sandbox.Output, CurationFiles.Weights))["d2"]);
        Assert.All([CurationFiles.Mask, CurationFiles.Weights, "ledger.jsonl"], file => Assert.Contains(file, result.Corpus.Manifest.Outputs.Keys));
    }

    [Fact]
    public void Run_Anything_SourceCorpusUnchanged()
    {
        using var sandbox = new Sandbox();
        var before = sandbox.SourceFiles();
        sandbox.Run([Sandbox.Drop("d0"), Sandbox.Mask("d1"), Sandbox.Weight("d2", 0)]);
        Assert.Equal(before, sandbox.SourceFiles());
    }

    [Fact]
    public void Run_EmptyPlan_SameDocumentsAndNoLedger()
    {
        using var sandbox = new Sandbox();
        var result = sandbox.Run([]);
        Assert.Equal(sandbox.Corpus.ContentHash, result.Corpus.ContentHash);
        Assert.Empty(result.Corpus.Ledger());
    }

    [Fact]
    public void Run_OverrideWithWeight_ReplacesTheRule()
    {
        using var sandbox = new Sandbox();
        var result = sandbox.Run([Sandbox.Drop("d0")], new ReviewerOverride("d0", OverrideDecision.Weight, "alice") { Weight = .1 });
        Assert.Equal((0, 1), (result.Summary.Dropped, result.Summary.Weighed));
    }

    [Fact]
    public void Run_Escalated_RuleStandsAndLedgerSaysSo()
    {
        using var sandbox = new Sandbox();
        var result = sandbox.Run([Sandbox.Drop("d0")], new ReviewerOverride("d0", OverrideDecision.Escalate, "alice"));
        Assert.Equal(
            [(0, "keep", "escalate by alice"), (1, "drop", "escalate by alice")],
            result.Corpus.Ledger().Select(entry => (entry.Stage!.Value, entry.Action, entry.Override!)));
    }

    [Fact]
    public void Run_DocumentNotInTheCorpus_BadInputAndNothingWritten()
    {
        using var sandbox = new Sandbox();
        var error = Assert.Throws<BadInputException>(() => sandbox.Run([Sandbox.Drop("d0"), Sandbox.Drop("elsewhere")]));
        Assert.Contains("elsewhere", error.Message, StringComparison.Ordinal);
        Assert.Equal("the test's plan", error.Path);
        Assert.False(Directory.Exists(sandbox.Output));
    }

    [Fact]
    public void Run_OverrideOfUnknownDocument_BadInputNamesTheFile()
    {
        using var sandbox = new Sandbox();
        var error = Assert.Throws<BadInputException>(() => sandbox.Run([], new ReviewerOverride("nobody", OverrideDecision.Keep, "alice")));
        Assert.EndsWith("overrides.jsonl", error.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_MaskBeyondTheText_BadInput()
    {
        using var sandbox = new Sandbox();
        var mask = new Decision("d1", CurationAction.Mask, "mask") { Mask = new DocumentMask("d1", [1], [[0, 9999]]) };
        Assert.Equal(3, Assert.Throws<BadInputException>(() => sandbox.Run([mask])).ExitCode);
    }

    [Fact]
    public void Run_OntoItsSource_UsageError()
    {
        using var sandbox = new Sandbox();
        var options = new CurateOptions { CorpusDirectory = sandbox.Source, OutputDirectory = sandbox.Source + "/", Plan = PlanFile.Of([], "-"), Replace = true };
        Assert.Throws<UsageException>(() => CorpusCurator.Run(options with { OutputDirectory = sandbox.Source }, sandbox.Time, NullProgress.Instance, default));
    }

    [Fact]
    public void Run_MaskedCorpusAsSource_Refused()
    {
        using var sandbox = new Sandbox();
        sandbox.Run([Sandbox.Mask("d1")]);
        var options = new CurateOptions { CorpusDirectory = sandbox.Output, OutputDirectory = sandbox["again"], Plan = PlanFile.Of([], "-") };
        Assert.Throws<UsageException>(() => CorpusCurator.Run(options, sandbox.Time, NullProgress.Instance, default));
    }

    [Fact]
    public void Run_Cancelled_LeavesNoCorpus()
    {
        using var sandbox = new Sandbox();
        var options = new CurateOptions { CorpusDirectory = sandbox.Source, OutputDirectory = sandbox.Output, Plan = PlanFile.Of([], "-") };
        Assert.ThrowsAny<OperationCanceledException>(() => CorpusCurator.Run(options, sandbox.Time, NullProgress.Instance, new CancellationToken(true)));
        Assert.False(Directory.Exists(sandbox.Output));
    }

    [Fact]
    public void Plan_DocumentTwice_BadInput() =>
        Assert.Throws<BadInputException>(() => PlanFile.Of([Sandbox.Drop("a"), Sandbox.Mask("a")], "x"));
}
