using FsCheck.Fluent;
using Tda.Gateway.Proxy;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Proxy;

public class SamplingTests
{
    [Theory]
    [InlineData(.01)]
    [InlineData(.5)]
    [InlineData(.9)]
    public void Takes_ManyIds_TheShareOfThem(double share)
    {
        // Version 7 ids of the same millisecond differ only in their second half.
        var time = DateTimeOffset.UnixEpoch.AddYears(56);
        var taken = Enumerable.Range(0, 20_000).Count(i => Sampling.Takes(Guid.CreateVersion7(time.AddMilliseconds(i / 100)).ToString(), share));

        // Six standard deviations: ids are random, and this must fail for a wrong function only.
        Assert.InRange(taken, (20_000 * share) - (6 * Math.Sqrt(20_000 * share * (1 - share))), (20_000 * share) + (6 * Math.Sqrt(20_000 * share * (1 - share))));
    }

    [Fact]
    public void Takes_CountedIds_AreSpreadToo()
    {
        var taken = Enumerable.Range(0, 10_000).Count(i => Sampling.Takes(FormattableString.Invariant($"exchange-{i}"), .25));

        Assert.InRange(taken, 2_300, 2_700);
    }

    [Fact]
    public void Takes_AnyId_DeterministicNestedAndExactAtTheEnds() => Property.Holds(
        from id in Gen.Choose(0, int.MaxValue)
        from share in Gen.Choose(0, 100)
        select (Id: id.ToString("x", System.Globalization.CultureInfo.InvariantCulture), Share: share / 100.0),
        given =>
        {
            var taken = Sampling.Takes(given.Id, given.Share);
            Assert.Equal(taken, Sampling.Takes(given.Id, given.Share));
            Assert.True(!taken || Sampling.Takes(given.Id, given.Share + .01));
            Assert.True(Sampling.Takes(given.Id, 1));
            Assert.False(Sampling.Takes(given.Id, 0));
        });

    [Fact]
    public void Takes_KnownIds_AreThoseOfEveryMachine() =>
        Assert.Equal("111100", string.Concat(((string[])["a", "b", "c", "d", "e", "f"]).Select(id => Sampling.Takes(id, .5) ? '1' : '0')));
}
