using Tda.TestKit;

namespace Tda.Core.Tests.Queries;

public sealed class QueryFileTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Write_ThenRead_RoundTrips()
    {
        Query[] queries = [new("1", "p", "c") { Label = "harm" }, new("2", "", "def") { Span = new TextSpan(1, 3) }];
        QueryFile.Write(_temp["q.jsonl"], queries);
        Assert.Equal(queries, QueryFile.Read(_temp["q.jsonl"]));
        Assert.Equal("ef", queries[1].Explained);
        Assert.Contains("\"span\":[1,3]", File.ReadAllText(_temp["q.jsonl"]), StringComparison.Ordinal);
        Assert.DoesNotContain("explained", File.ReadAllText(_temp["q.jsonl"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no queries")]
    [InlineData("""{"id":"1","prompt":"p"}""", "completion")]
    [InlineData("""{"id":"1","prompt":"p","completion":""}""", "empty completion")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":[2,4]}""", "line 1: query '1' has the span [2, 4]")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":[2,2]}""", "span")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":[2]}""", "[start, end]")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":{"start":0,"end":2}}""", "[start, end]")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":[0,"2"]}""", "[start, end]")]
    [InlineData("{\"id\":\"1\",\"prompt\":\"\",\"completion\":\"c\"}\n{\"id\":\"1\",\"prompt\":\"\",\"completion\":\"c\"}", "twice")]
    public void Read_FileThatHoldsNone_SaysWhy(string content, string reason)
    {
        var error = Assert.Throws<BadInputException>(() => QueryFile.Read(_temp.Write("q.jsonl", content)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
