using Tda.Curation.Ledger;
using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

public class DocumentDropperTests
{
    private static readonly CandidateDocument[] Candidates =
    [
        new("a", "ham", 1), new("b", "spam", 5), new("c", "spam", 5), new("d", "ham", -2), new("e", "spam", 3),
    ];

    [Theory]
    [InlineData(0, "")]
    [InlineData(2, "b c")]
    [InlineData(9, "b c e a")]
    public void Select_Count_StrongestProponentsTiesById(int count, string expected) =>
        Assert.Equal(expected, Ids(DocumentDropper.Select(Candidates, count)));

    [Fact]
    public void Select_AnotherOrder_SameDocuments() => Assert.Equal("b c", Ids(DocumentDropper.Select([.. Candidates.Reverse()], 2)));

    [Fact]
    public void Select_Some_DecisionsNameRuleScoreAndTheLeastOfThem()
    {
        var last = DocumentDropper.Select(Candidates, 3)[1];
        Assert.Equal(new Decision("c", CurationAction.Drop, "drop: top 3 documents") { Value = 5, Threshold = 3 }, last);
    }

    [Fact]
    public void Select_NegativeCount_UsageError() =>
        Assert.Contains("documents to drop is -1", Assert.Throws<UsageException>(() => DocumentDropper.Select(Candidates, -1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Select_ScoreNotFinite_BadInput() =>
        Assert.Equal(3, Assert.Throws<BadInputException>(() => DocumentDropper.Select([new("a", "ham", double.NaN)], 1)).ExitCode);

    [Fact]
    public void Random_Count_AsManyAndSeeded()
    {
        var control = DocumentDropper.Random(Candidates, 3, 4);
        Assert.Equal(3, control.Count);
        Assert.Equal(Ids(control), Ids(DocumentDropper.Random([.. Candidates.Reverse()], 3, 4)));
    }

    private static string Ids(IReadOnlyList<Decision> decisions) => string.Join(' ', decisions.Select(d => d.Id));
}
