using Tda.Gateway.Proxy;

namespace Tda.Gateway.Tests.Proxy;

public sealed class ExchangeIdsTests
{
    [Fact]
    public async Task IdsAreVersion7AndSortByTimeAndNoTwoAreEqual()
    {
        var start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_123);

        // More than a thread draws at once, on several threads.
        var ids = await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
            Enumerable.Range(0, 500).Select(i => (At: start.AddMilliseconds(i), Id: ExchangeIds.Next(start.AddMilliseconds(i)))).ToList())));

        Assert.All(ids.SelectMany(some => some), one =>
        {
            var id = Guid.Parse(one.Id);
            Assert.Equal(7, id.Version);
            Assert.Equal(0b10, id.Variant >> 2);
            Assert.Equal(one.At.ToUnixTimeMilliseconds(), Convert.ToInt64(one.Id.Replace("-", "", StringComparison.Ordinal)[..12], 16));
        });
        Assert.All(ids, some => Assert.Equal(some.Select(one => one.Id).Order(StringComparer.Ordinal), some.Select(one => one.Id)));
        Assert.Equal(2000, ids.SelectMany(some => some).Select(one => one.Id).Distinct().Count());
    }
}
