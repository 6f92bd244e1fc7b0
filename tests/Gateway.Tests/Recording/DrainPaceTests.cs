using Tda.Gateway.Recording;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Recording;

public sealed class DrainPaceTests
{
    private static readonly TimeSpan Worked = TimeSpan.FromMilliseconds(10);
    private readonly FakeTimeProvider _time = new();
    private long _forwarded;
    private double? _idle;

    [Theory]
    [InlineData(0, 190)] // a twentieth of a core
    [InlineData(.05, 190)]
    [InlineData(1, 10)] // half of what is idle
    [InlineData(.4, 40)]
    [InlineData(2, 0)]
    public void PauseAfter_RequestsComeFast_TakesHalfOfWhatIsIdle(double idle, double milliseconds)
    {
        var pace = Pace();
        Pass(requests: 1000, idle);
        Assert.Equal(milliseconds, pace.PauseAfter(Worked, 0).TotalMilliseconds, 1);
    }

    [Fact]
    public void PauseAfter_IdleNotKnown_TakesTheLeast()
    {
        var pace = Pace();
        Pass(requests: 1000, idle: null);
        Assert.Equal(190, pace.PauseAfter(Worked, 0).TotalMilliseconds, 1);
    }

    [Fact]
    public void PauseAfter_FewRequests_NoPauseHoweverBusyTheMachine()
    {
        var pace = Pace();
        Pass(requests: 190, idle: 0);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(Worked, 0));
    }

    [Fact]
    public void PauseAfter_LongSpool_NoPause()
    {
        var pace = Pace();
        Pass(requests: 1000, idle: 0);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(Worked, DrainPace.LongSpool));
    }

    [Fact]
    public void PauseAfter_LongWork_AtMostASecond()
    {
        var pace = Pace();
        Pass(requests: 1000, idle: 0);
        Assert.Equal(TimeSpan.FromSeconds(1), pace.PauseAfter(TimeSpan.FromSeconds(1), 0));
    }

    [Fact]
    public void PauseAfter_RequestsEase_RunsAtFullSpeedAgain()
    {
        var pace = Pace();
        Pass(requests: 1000, idle: 0);
        Assert.NotEqual(TimeSpan.Zero, pace.PauseAfter(Worked, 0));
        Pass(requests: 10, idle: 0);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(Worked, 0));
    }

    private DrainPace Pace() => new(_time, () => _forwarded, () => _idle);

    private void Pass(long requests, double? idle)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _forwarded += requests;
        _idle = idle;
    }
}
