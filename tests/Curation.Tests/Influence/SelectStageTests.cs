namespace Tda.Curation.Tests.Influence;

public sealed class SelectStageTests : IDisposable
{
    // Tokens: a 10, b 5, c 3, d 2. Largest over targets: a 4, b 3, c −2, d 1; means 2, 2, −3, −1.
    private readonly StageHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Decide_BudgetOfTokens_KeepsTheHighestThatFit()
    {
        // Half of 20 tokens: a takes all ten.
        var decisions = _home.Decide("select: { run: r, share: .5 }");
        Assert.Equal(["b", "d", "c"], decisions.Select(d => d.Id));
        Assert.All(decisions, d => Assert.Equal(("not_selected", 4.0), (d.Reason, d.Threshold!.Value)));
        Assert.Equal("nearest target: t2", decisions[0].Evidence);
        // .4: a doesn't fit, b and d do, and so c doesn't.
        Assert.Equal(["a", "c"], _home.Decide("select: { run: r, share: .4 }").Select(d => d.Id));
    }

    [Fact]
    public void Decide_MeanOrPerToken_RanksByIt()
    {
        Assert.Equal(["b", "d", "c"], _home.Decide("select: { run: r, share: .5, combine: mean }").Select(d => d.Id)); // a and b tie: by id
        // A token: a .4, b .6, d .5, c −.67: b and d take seven of ten, a doesn't fit, c does.
        Assert.Equal(["a"], _home.Decide("select: { run: r, share: .5, per_token: true }").Select(d => d.Id));
    }

    [Fact]
    public void Decide_DocumentsWithoutScores_CantBeChosen()
    {
        var decisions = _home.Decide("select: { run: r, share: 1 }", [.. StageHome.Documents, new Core.Corpora.Document("x", "s", "other")]);
        Assert.Equal([("x", "not_scored")], decisions.Select(d => (d.Id, d.Reason)));
        Assert.Throws<BadInputException>(() => _home.Decide("select: { run: r }", [new Core.Corpora.Document("x", "s", "other")]));
    }

    [Fact]
    public void Decide_AnotherOrder_SameDecisions() =>
        Assert.Equal(_home.Decide("select: { run: r, share: .4 }"), _home.Decide("select: { run: r, share: .4 }", [.. StageHome.Documents.Reverse()]));

    [Fact]
    public void Decide_AgainOnWhatItKept_WithTheWholeBudget_KeepsAll()
    {
        var dropped = _home.Decide("select: { run: r, share: .4 }").Select(d => d.Id).ToHashSet();
        Assert.Empty(_home.Decide("select: { run: r, share: 1 }", [.. StageHome.Documents.Where(d => !dropped.Contains(d.Id))]));
    }
}
