using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Tda.Review.Queues;

namespace Tda.Review.Tests.Queues;

public class ExchangeQueryTests
{
    [Theory]
    [InlineData("text=hello&model=m&route=%2Fv1%2Fx&status=4xx&state=complete&label=harm%3E%3D0.5&tag=team%3Dsearch&since=2026-11-01&before=2026-12-01T10%3A00%3A00Z&review=decided&order=oldest&after=17")]
    [InlineData("tag=team")]
    [InlineData("")]
    public void ReadAndPath_Filter_ComesBack(string query)
    {
        var filter = ExchangeQuery.Read(Parsed(query), out var fault)!;

        Assert.Null(fault);
        var again = ExchangeQuery.Read(Parsed(ExchangeQuery.Path(null, filter, filter.After).Split('?').ElementAtOrDefault(1) ?? ""), out _);
        Assert.Equal(filter, again);
    }

    [Theory]
    [InlineData("state=nope", "state must be one of")]
    [InlineData("status=9", "status must be")]
    [InlineData("label=harm%3E%3D2", "harm")]
    [InlineData("after=x", "after must be")]
    [InlineData("since=yesterday", "since must be")]
    [InlineData("review=maybe", "review must be")]
    [InlineData("order=random", "order must be")]
    [InlineData("tag=%3Dv", "tag must be")]
    [InlineData("lable=harm", "'lable' is no filter")]
    public void Read_WhatIsNone_SaysWhat(string query, string expected)
    {
        Assert.Null(ExchangeQuery.Read(Parsed(query), out var fault));
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void All_BadLabelInOptions_IsRefused() =>
        Assert.Throws<UsageException>(() => DeskQueue.All(new DeskOptions { HarmLabel = "harm>=7" }, "ada"));

    private static QueryCollection Parsed(string query) => new(QueryHelpers.ParseQuery(query));
}
