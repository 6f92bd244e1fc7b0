using Tda.Curation.Selection;
using Tda.Curation.Weights;

namespace Tda.Curation.Tests.Weights;

public class DocumentReweighterTests
{
    private static readonly CandidateDocument[] Candidates = [new("a", "s", 4, 1), new("b", "s", 2, 1), new("c", "s", 0, 1), new("d", "t", -2, 1)];

    [Fact]
    public void Weigh_Exponential_FollowsTheFormula()
    {
        var result = DocumentReweighter.Weigh(Candidates, new ReweightOptions { Scale = 2, Maximum = 10 });
        Assert.All(result.Documents, d => Assert.Equal(Math.Exp(-d.Score / 2), d.Weight, 12));
    }

    [Fact]
    public void Weigh_LinearClipped_StaysBetweenTheLimits()
    {
        var result = DocumentReweighter.Weigh(Candidates, new ReweightOptions { Shape = WeightShape.Linear, Scale = 2, Minimum = .25 });
        Assert.Equal([.25, .25, 1, 1], result.Documents.Select(d => d.Weight));
        Assert.Equal(["a", "b"], result.Changed.Select(d => d.Id));
    }

    [Fact]
    public void Weigh_HigherScore_NeverHigherWeight()
    {
        var weights = DocumentReweighter.Weigh(Candidates, new ReweightOptions()).Documents.Select(d => d.Weight).ToArray();
        Assert.Equal(weights.Order(), weights);
    }

    [Fact]
    public void Weigh_AllScoresZero_BadInput() =>
        Assert.Throws<BadInputException>(() => DocumentReweighter.Weigh([new("a", "s", 0, 1)], new ReweightOptions()));

    [Fact]
    public void RandomLike_SameWeights_OtherDocuments()
    {
        var like = DocumentReweighter.Weigh([.. Enumerable.Range(0, 50).Select(i => new CandidateDocument($"{i:00}", "s", i, 1))], new ReweightOptions());
        var control = DocumentReweighter.RandomLike(like, 3);
        Assert.Equal(like.Documents.Select(d => d.Weight).Order(), control.Documents.Select(d => d.Weight).Order());
        Assert.NotEqual(like.Documents.OrderBy(d => d.Id).Select(d => d.Weight), control.Documents.Select(d => d.Weight));
    }
}
