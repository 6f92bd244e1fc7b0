using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Tests.Terminal;

public class TimeLeftTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Estimate_SteadyRate_IsTheRestByThatRate()
    {
        var left = new TimeLeft(100, _time);
        left.Report(0);
        _time.Advance(TimeSpan.FromSeconds(10));
        left.Report(20);

        Assert.Equal(TimeSpan.FromSeconds(40), left.Estimate());
    }

    /// <summary>A resumed task of 1,000 steps that begins at 900 once promised to end in a tenth of a second: 900 steps in no time.</summary>
    [Fact]
    public void Estimate_ResumedTask_CountsOnlyWhatThisRunDid()
    {
        var left = new TimeLeft(1000, _time);
        left.Report(900);
        Assert.Null(left.Estimate());
        _time.Advance(TimeSpan.FromMinutes(1));
        left.Report(901);

        Assert.Equal(TimeSpan.FromMinutes(99), left.Estimate());
    }

    [Fact]
    public void Estimate_BetweenReports_RunsDownToZero()
    {
        var left = new TimeLeft(10, _time);
        left.Report(0);
        _time.Advance(TimeSpan.FromSeconds(10));
        left.Report(5);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(6), left.Estimate());
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.Zero, left.Estimate());
    }

    [Theory]
    [InlineData(7, "0:07")]
    [InlineData(750, "12:30")]
    [InlineData(3600 + 125, "1:02:05")] // once 02:05: hours were cut off
    [InlineData(49 * 3600, "49:00:00")]
    public void Text_Seconds_KeepsItsHours(int seconds, string expected) => Assert.Equal(expected, TimeLeft.Text(TimeSpan.FromSeconds(seconds)));
}
