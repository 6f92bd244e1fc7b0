using Tda.Gateway.Proxy;

namespace Tda.Gateway.Tests.Proxy;

public class ExchangeIdsTests
{
    [Fact]
    public void Next_Many_UniqueVersion7AndInTheOrderOfTime()
    {
        var start = new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero);
        var ids = Enumerable.Range(0, 2000).Select(i => ExchangeIds.Next(start.AddMilliseconds(i))).ToList();

        Assert.Equal(2000, ids.Distinct().Count());
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.All(ids, id => Assert.Equal((7, true), (Guid.Parse(id).Version, Guid.Parse(id).Variant is >= 8 and <= 11)));
        Assert.All(ids.Zip(Enumerable.Range(0, 2000)), pair =>
            Assert.Equal(start.AddMilliseconds(pair.Second).ToUnixTimeMilliseconds(), Convert.ToInt64(pair.First.Replace("-", "", StringComparison.Ordinal)[..12], 16)));
    }
}
