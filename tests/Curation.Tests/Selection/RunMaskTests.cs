using Tda.Core.Masks;
using Tda.Curation.Ledger;
using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

public class RunMaskTests
{
    [Fact]
    public void Run_GuideRun_MasksTheHarmfulTokensWithTheirCharacters()
    {
        using var run = new SampleRun();
        var result = RunMask.Run(run.Directory, new MaskOptions { Quantile = .95, Budget = .1, Window = 0 });
        Assert.Equal(["doc0", "doc1"], result.Documents.Select(d => d.Id).Order());
        foreach (var mask in TokenMask.Read(Path.Combine(run.Directory, CurationFiles.Mask)))
        {
            var text = run.Documents.Single(d => d.Id == mask.Id).Text;
            Assert.Equal("NOW", string.Concat(mask.Spans.Select(s => text[s[0]..s[1]])));
            Assert.Equal("NOW", string.Concat(mask.Tokens.Select(t => text[t - 1]))); // label token t is character t - 1: one token a character
        }
    }

    [Fact]
    public void Run_WritesIntoTheRunsManifest_RunStillVerifies()
    {
        using var run = new SampleRun();
        RunMask.Run(run.Directory, new MaskOptions());
        using var opened = ScoreRun.Open(run.Directory, verify: true);
        Assert.Contains(CurationFiles.Mask, opened.Manifest.Outputs.Keys);
        Assert.Equal("tda.mask-summary", MaskSummary.Read(Path.Combine(run.Directory, CurationFiles.MaskSummary)).Format);
    }

    [Fact]
    public void Run_NoTokenScores_BadInput()
    {
        using var run = new SampleRun(tokens: false);
        Assert.Equal(3, Assert.Throws<BadInputException>(() => RunMask.Run(run.Directory, new MaskOptions())).ExitCode);
    }

    [Fact]
    public void Candidates_GuideRun_DifferentialOnly()
    {
        // The run's other rows, harm and safe, stand 1000 higher: adding them in would drown the differential.
        using var run = new SampleRun();
        var expected = run.Documents.ToDictionary(d => d.Id, d => (float)SampleRun.Scores(d).Sum());
        Assert.All(RunScores.Candidates(run.Directory), c => Assert.Equal(expected[c.Id], c.Score, 1e-4));
    }

    [Fact]
    public void Plans_FromARun_NameTheRule()
    {
        using var run = new SampleRun();
        Assert.Throws<BadInputException>(() => RunPlan.Mask(run.Directory));
        RunMask.Run(run.Directory, new MaskOptions { Quantile = .9 });
        Assert.All(RunPlan.Mask(run.Directory), d => Assert.Equal((CurationAction.Mask, "mask: IF-Guide, quantile 0.9, window 1, budget 0.02, harmonic-mean ranking"), (d.Action, d.Rule)));
        Assert.NotEmpty(RunPlan.Weigh(run.Directory));
        DocumentWeights.Write(Path.Combine(run.Directory, CurationFiles.Weights), [KeyValuePair.Create("doc0", .5), KeyValuePair.Create("doc2", 1.0)]);
        Assert.Equal("doc0", Assert.Single(RunPlan.Weigh(run.Directory)).Id);
    }

    [Fact]
    public void MaskAnew_WithoutDrops_IsTheMaskThatTheRunWouldGetOfTheseOptions()
    {
        using var run = new SampleRun();
        var options = new MaskOptions { Quantile = .95, Budget = .1, Window = 0 };
        var anew = RunPlan.MaskAnew(run.Directory, options, _ => true).ToList();
        Assert.False(File.Exists(Path.Combine(run.Directory, CurationFiles.Mask)));
        RunMask.Run(run.Directory, options);
        Assert.Equal(
            RunPlan.Mask(run.Directory).Select(d => (d.Id, d.Rule, string.Join(' ', d.Mask!.Tokens))).Order(),
            anew.Select(d => (d.Id, d.Rule, string.Join(' ', d.Mask!.Tokens))).Order());
    }

    [Fact]
    public void MaskAnew_DocumentDropped_NeedsNoMaskAndTakesNoneOfTheBudget()
    {
        using var run = new SampleRun();

        // Room for one document's three tokens: the second gets them when the first is gone.
        var options = new MaskOptions { Quantile = .95, Budget = 3.0 / (run.Documents.Sum(d => d.Text.Length + 1) - run.Documents[0].Text.Length - 1), Window = 0 };
        Assert.Equal("doc1", Assert.Single(RunPlan.MaskAnew(run.Directory, options, id => id != "doc0")).Id);
    }
}
