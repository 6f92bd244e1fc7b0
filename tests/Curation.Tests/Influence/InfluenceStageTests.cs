using Tda.Core.Masks;
using Tda.Curation.Ledger;

namespace Tda.Curation.Tests.Influence;

public sealed class InfluenceStageTests : IDisposable
{
    // Means over both targets: a 2, b 2, c −3, d −1.
    private readonly StageHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Decide_Harmful_DropsTheStrongestProponentsOnly()
    {
        var decisions = _home.Decide("influence: { run: r, documents: 3 }");
        Assert.Equal([("a", 2.0), ("b", 2.0)], decisions.Select(d => (d.Id, d.Value!.Value)));
        Assert.All(decisions, d => Assert.Equal((CurationAction.Drop, "proponent"), (d.Action, d.Reason)));
        Assert.All(decisions, d => Assert.Equal("influence: drops at most 3 documents, the strongest proponents of harmful answers", d.Rule));
    }

    [Fact]
    public void Decide_Good_DropsTheStrongestOpponents_WithTheirOwnSigns()
    {
        var decision = Assert.Single(_home.Decide("influence: { run: r, queries: good, share: .25 }"));
        Assert.Equal(("c", -3.0, -3.0, "opponent"), (decision.Id, decision.Value!.Value, decision.Threshold!.Value, decision.Reason));
    }

    [Fact]
    public void Decide_PerToken_DividesByLength() =>
        // a has ten tokens and .2 a token, b five and .4.
        Assert.Equal("b", Assert.Single(_home.Decide("influence: { run: r, documents: 1, per_token: true }")).Id);

    [Fact]
    public void Decide_WeighsDown_ByScoresOrByTheRunsOwnWeights()
    {
        var harmful = _home.Decide("influence: { run: r, action: weigh }");
        Assert.Equal(["a", "b"], harmful.Select(d => d.Id));
        Assert.All(harmful, d => Assert.True(d.Weight < 1 && d.Value == 2));
        Assert.Equal([("c", -3.0), ("d", -1.0)], _home.Decide("influence: { run: r, action: weigh, queries: good }").Select(d => (d.Id, d.Value!.Value)));

        DocumentWeights.Write(Path.Combine(_home.RunDirectory, ScoreFormat.Weights), [new("a", 1.5), new("b", 1), new("gone", .5)]);
        var own = Assert.Single(_home.Decide("influence: { run: r, action: weigh }")); // 1 changes nothing, and "gone" isn't there
        Assert.Equal(("a", 1.5), (own.Id, own.Weight!.Value));
    }

    [Fact]
    public void Decide_AnotherOrderOrDocumentsGone_DecidesOnWhatIsThere()
    {
        var all = _home.Decide("influence: { run: r, documents: 2 }");
        Assert.Equal(all, _home.Decide("influence: { run: r, documents: 2 }", [.. StageHome.Documents.Reverse()]));
        Assert.Equal(["b"], _home.Decide("influence: { run: r, documents: 2 }", StageHome.Documents[1..]).Select(d => d.Id));
        Assert.Throws<BadInputException>(() => _home.Decide("influence: { run: r, documents: 2 }", [new Document("x", "s", "other")]));
    }

    [Fact]
    public void Inputs_NamesTheRunAndItsHash()
    {
        var input = Assert.Single(_home.Stage("influence: { run: r, documents: 2 }").Inputs);
        Assert.Equal(("runs/r", Hashing.Sha256File(Path.Combine(_home.RunDirectory, "manifest.json"))), (input.Key, input.Value));
    }

    [Theory]
    [InlineData("influence: { documents: 1 }", "run is missing")]
    [InlineData("influence: { run: nowhere, documents: 1 }", "run: ")]
    [InlineData("influence: { run: r }", "say how many go")]
    [InlineData("influence: { run: r, documents: 1, share: .1 }", "say how many go")]
    [InlineData("influence: { run: r, action: mask, share: .1 }", "share: is for action drop")]
    [InlineData("influence: { run: r, documents: 1, budget: .1 }", "budget, quantile and window are for action mask")]
    [InlineData("influence: { run: r, action: mask, queries: good }", "suppresses tokens behind harmful answers")]
    [InlineData("influence: { run: r, share: 2 }", "share is '2'; it must be a number between 0 and 1")]
    public void Read_OptionsThatDontGo_AreTold(string stage, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => _home.Stage(stage)).Message, StringComparison.Ordinal);
}
