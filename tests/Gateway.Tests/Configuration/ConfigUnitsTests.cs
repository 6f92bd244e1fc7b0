using FsCheck.Fluent;
using Tda.Gateway.Configuration;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Configuration;

public class ConfigUnitsTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("10m", 600)]
    [InlineData("1h30m", 5400)]
    [InlineData("2d", 172_800)]
    [InlineData("250ms", .25)]
    [InlineData("1.5s", 1.5)]
    [InlineData("0", 0)]
    public void TryDuration_WithUnits_Seconds(string text, double seconds)
    {
        Assert.True(ConfigUnits.TryDuration(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("90")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 parsecs")]
    [InlineData("1.2.3s")]
    [InlineData("100000d")]
    public void TryDuration_Other_False(string text) => Assert.False(ConfigUnits.TryDuration(text, out _));

    [Theory]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("10 GB", 10_000_000_000)]
    [InlineData("512B", 512)]
    [InlineData("77", 77)]
    public void TrySize_WithUnits_Bytes(string text, long expected)
    {
        Assert.True(ConfigUnits.TrySize(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("-1MiB")]
    [InlineData("0.3B")]
    [InlineData("1MiB1KiB")]
    [InlineData("99999999TiB")]
    public void TrySize_Other_False(string text) => Assert.False(ConfigUnits.TrySize(text, out _));

    [Fact]
    public void TryDuration_AnyWholeMilliseconds_ComeBack() => Property.Holds(
        Gen.Choose(0, int.MaxValue),
        ms =>
        {
            Assert.True(ConfigUnits.TryDuration(ms.ToString(CultureInfo.InvariantCulture) + "ms", out var duration));
            Assert.Equal(TimeSpan.FromMilliseconds(ms), duration);
        });
}
