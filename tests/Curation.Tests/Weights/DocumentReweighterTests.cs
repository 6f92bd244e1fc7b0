using Tda.Curation.Ledger;
using Tda.Curation.Selection;
using Tda.Curation.Weights;

namespace Tda.Curation.Tests.Weights;

public class DocumentReweighterTests
{
    private static readonly CandidateDocument[] Candidates = [new("a", "s", 4), new("b", "s", 1), new("c", "s", 0), new("d", "t", -4)];

    [Fact]
    public void Weigh_Scores_FollowTheFormulaAndOthersKeepTheirWeight()
    {
        // The .95 quantile of 0, 1, 4, 4 is 4.
        var decisions = DocumentReweighter.Weigh(Candidates);
        Assert.Equal(["a", "b"], decisions.Select(d => d.Id));
        Assert.All(decisions, d => Assert.Equal(Math.Exp(-d.Value!.Value / 4), d.Weight!.Value, 12));
        Assert.Equal((CurationAction.Weight, "weight: exponential, scale 4 nats × N, clipped to 0 to 1"), (decisions[0].Action, decisions[0].Rule));
        Assert.Equal(4, decisions[0].Threshold);
    }

    [Fact]
    public void Weigh_HigherScore_NeverHigherWeight()
    {
        var weights = DocumentReweighter.Weigh([.. Enumerable.Range(-5, 50).Select(i => new CandidateDocument($"{i}", "s", i))]).Select(d => d.Weight!.Value).ToArray();
        Assert.Equal(44, weights.Length);
        Assert.Equal(weights.Order(), weights);
    }

    [Fact]
    public void Random_SameWeights_OnOtherDocuments()
    {
        CandidateDocument[] candidates = [.. Enumerable.Range(0, 50).Select(i => new CandidateDocument($"{i:00}", "s", i))];
        double[] weights = [.. DocumentReweighter.Weigh(candidates).Select(d => d.Weight!.Value)];

        var control = DocumentReweighter.Random(candidates, weights, 1);

        Assert.Equal(weights.Order(), control.Select(d => d.Weight!.Value).Order());
        Assert.Equal(weights.Length, control.Select(d => d.Id).Distinct().Count());
        Assert.Equal(control, DocumentReweighter.Random([.. candidates.Reverse()], [.. weights.Reverse()], 1));
        Assert.NotEqual(control.Select(d => d.Id), DocumentReweighter.Random(candidates, weights, 2).Select(d => d.Id));
        Assert.All(control, d => Assert.Contains("random control of 49 weights, seed 1", d.Rule));
        Assert.Throws<BadInputException>(() => DocumentReweighter.Random(candidates[..3], weights, 1));
    }

    [Fact]
    public void Weigh_AllScoresZero_BadInput() =>
        Assert.Throws<BadInputException>(() => DocumentReweighter.Weigh([new("a", "s", 0)]));
}
