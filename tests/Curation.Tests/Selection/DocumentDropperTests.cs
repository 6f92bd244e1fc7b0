using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

public class DocumentDropperTests
{
    private static readonly CandidateDocument[] Candidates =
    [
        new("a", "ham", 1, 10), new("b", "spam", 5, 20), new("c", "spam", 5, 30), new("d", "ham", -2, 40), new("e", "spam", 3, 100),
    ];

    [Theory]
    [InlineData(0, "")]
    [InlineData(2, "b c")]
    [InlineData(9, "b c e a")]
    public void Select_Count_StrongestProponentsTiesById(int count, string expected) =>
        Assert.Equal(expected, Ids(DocumentDropper.Select(Candidates, new DropOptions { Count = count })));

    [Fact]
    public void Select_TokenShare_NeverMoreThanTheShare()
    {
        for (var percent = 0; percent <= 100; percent++)
        {
            var result = DocumentDropper.Select(Candidates, new DropOptions { TokenShare = percent / 100.0 });
            Assert.True(result.DroppedTokens * 100 <= percent * 200);
        }
    }

    [Fact]
    public void Select_Threshold_StrictlyAbove() =>
        Assert.Equal("b c", Ids(DocumentDropper.Select(Candidates, new DropOptions { Threshold = 3 })));

    [Fact]
    public void Select_AnotherOrder_SameDocuments() =>
        Assert.Equal("b c", Ids(DocumentDropper.Select([.. Candidates.Reverse()], new DropOptions { Count = 2 })));

    [Fact]
    public void Select_TwoLimits_UsageError() =>
        Assert.Equal(2, Assert.Throws<UsageException>(() => DocumentDropper.Select(Candidates, new DropOptions { Count = 1, Threshold = 1 })).ExitCode);

    [Fact]
    public void Select_SourceMissing_BadInput() =>
        Assert.Equal(3, Assert.Throws<BadInputException>(() => DocumentDropper.Select(Candidates, new DropOptions { Count = 1, Sources = ["news"] })).ExitCode);

    [Fact]
    public void RandomLike_ByDocuments_AsManyAndSeeded()
    {
        var like = DocumentDropper.Select(Candidates, new DropOptions { Count = 3 });
        var control = DocumentDropper.RandomLike(Candidates, like, byTokens: false, 4);
        Assert.Equal(3, control.Dropped.Count);
        Assert.Equal(Ids(control), Ids(DocumentDropper.RandomLike([.. Candidates.Reverse()], like, byTokens: false, 4)));
    }

    [Fact]
    public void RandomLike_ByTokens_AtMostAsMany()
    {
        var like = DocumentDropper.Select(Candidates, new DropOptions { Count = 2 });
        for (var seed = 0; seed < 20; seed++)
        {
            Assert.True(DocumentDropper.RandomLike(Candidates, like, byTokens: true, seed).DroppedTokens <= like.DroppedTokens);
        }
    }

    private static string Ids(DropResult result) => string.Join(' ', result.Dropped.Select(d => d.Id));
}
