using Tda.Scoring.Attribution.Queries;

namespace Tda.Scoring.Tests.Attribution.Queries;

public class QuerySetTests
{
    private static readonly Query[] Queries = [Of("1", "b"), Of("2", "a"), Of("3", "b"), Of("4", "c")];

    [Fact]
    public void ByLabel_Labels_AreOneTargetEachInOrder()
    {
        var set = QuerySet.ByLabel(Queries);
        Assert.Equal(["b", "a", "c"], set.Targets.Select(t => t.Id));
        Assert.Equal([0, 2], set.Targets[0].Members);
    }

    [Fact]
    public void ByLabel_QueryWithoutLabel_IsRefused() =>
        Assert.Contains("1 of 2", Assert.Throws<UsageException>(() => QuerySet.ByLabel([Queries[0], Of("5", null)])).Message);

    [Fact]
    public void Contrast_TwoLabels_LeavesOthersOut()
    {
        var set = QuerySet.Contrast(Queries, "a", "b");
        Assert.Equal(["1", "2", "3"], set.Queries.Select(q => q.Id));
        Assert.Equal([1], set.Targets[0].Members);
        Assert.Equal([0, 2], set.Targets[1].Members);
    }

    [Fact]
    public void Contrast_UnknownLabel_NamesItAndTheOthers()
    {
        var error = Assert.Throws<UsageException>(() => QuerySet.Contrast(Queries, "a", "z")).Message;
        Assert.Contains("'z'", error);
        Assert.Contains("b, a, c", error);
    }

    [Fact]
    public void Select_Words_AreSpansOfTheFirstOccurrence()
    {
        Query[] queries = [new("1", "", "one two one"), new("2", "", "three")];
        var found = Assert.Single(QueryWords.Select(queries, "one"));
        Assert.Equal(new TextSpan(0, 3), found.Span);
        Assert.Equal("one", found.Explained);
        Assert.Throws<UsageException>(() => QueryWords.Select(queries, "four"));
    }

    private static Query Of(string id, string? label) => new(id, string.Empty, "x") { Label = label };
}
