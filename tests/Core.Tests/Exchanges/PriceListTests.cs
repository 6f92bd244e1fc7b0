using Tda.TestKit;

namespace Tda.Core.Tests.Exchanges;

public sealed class PriceListTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("gpt-4o", 2.5)]
    [InlineData("gpt-4o-2024-08-06", 2)]
    [InlineData("gpt-4o-mini", .15)]
    [InlineData("GPT-4O-MINI-x", .15)]
    [InlineData("other", 1)]
    public void Cost_SeveralPatternsFit_TheOneThatSaysMost(string model, double expected)
    {
        var prices = Read("""{"models":{"*":{"input":1,"output":1},"gpt-4o*":{"input":2,"output":1},"gpt-4o-mini*":{"input":0.15,"output":1},"gpt-4o":{"input":2.5,"output":10}}}""");

        Assert.Equal((decimal)expected, prices.Cost(model, 1_000_000, 0));
        Assert.Equal("USD", prices.Currency);
    }

    [Fact]
    public void Cost_NoPriceOrNoCount_Null()
    {
        var prices = Read("""{"currency":"EUR","models":{"m":{"input":1,"output":3}}}""");

        Assert.Equal(3.5m, prices.Cost("m", 500_000, 1_000_000));
        Assert.Null(prices.Cost("m", null, null));
        Assert.Null(prices.Cost("n", 1, 1));
        Assert.Null(prices.Cost(null, 1, 1));
    }

    [Theory]
    [InlineData("""{"models":{"m":{"input":-1,"output":3}}}""", "'m'")]
    [InlineData("""{"models":{"m":{"input":1}}}""", "output")]
    [InlineData("""{"prices":{}}""", "models")]
    [InlineData("nothing", "prices.json")]
    public void Read_WrongFile_SaysWhat(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void By_ModelKeyAndTag_AddsUpWithWhatIsLeftOut()
    {
        var prices = Read("""{"models":{"m":{"input":1000000,"output":1000000}}}""");
        Dictionary<string, string> search = new() { ["team"] = "search", ["run"] = "1" };
        UsageSum[] usage =
        [
            new("k1", "m", search, 2, 2, 0, 10, 5, 0, 0),
            new("k2", "m", new Dictionary<string, string>(), 3, 2, 1, 4, 1, 40, 40),
            new("k1", "unknown", search, 1, 1, 0, 7, 7, 0, 0),
        ];

        var all = UsageTotal.Of("all", usage, prices);
        Assert.Equal((6, 1, 21, 13, 20m, 1), (all.Exchanges, all.Uncounted, all.PromptTokens, all.CompletionTokens, all.Cost, all.Unpriced));
        Assert.Equal([("m", 20m), ("unknown", null)], UsageTotal.By(UsageGroup.Model, usage, prices).Select(row => (row.Name, row.Cost)));
        Assert.Equal([("k1", 29L), ("k2", 5L)], UsageTotal.By(UsageGroup.Key, usage, prices).Select(row => (row.Name, row.PromptTokens + row.CompletionTokens)));
        Assert.Equal(["run=1", "team=search", null], UsageTotal.By(UsageGroup.Tag, usage, prices).Select(row => row.Name));
    }

    private PriceList Read(string text) => PriceList.Read(_directory.Write("prices.json", text));
}
