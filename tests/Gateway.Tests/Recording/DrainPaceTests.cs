using Tda.Gateway.Recording;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Recording;

public sealed class DrainPaceTests
{
    private static readonly TimeSpan Worked = TimeSpan.FromMilliseconds(10);
    private readonly FakeTimeProvider _time = new();
    private long _forwarded;
    private double? _idle;

    // Half of what is idle beyond an eighth of the machine, which a busy one leaves idle too.
    [Theory]
    [InlineData(0, .02)]
    [InlineData(.03, .02)]
    [InlineData(.5, .25)]
    [InlineData(.2, .1)]
    [InlineData(1, .5)]
    [InlineData(2, 1)] // no pause
    public void PauseAfter_RequestsComeFast_TakesHalfOfWhatIsFree(double free, double share)
    {
        var pace = Pace();
        Pass(requests: 1000, (Environment.ProcessorCount / 8.0) + free);
        Assert.Equal(Worked.TotalMilliseconds * ((1 / share) - 1), Pauses(pace, Worked).TotalMilliseconds, 1);
    }

    [Fact]
    public void PauseAfter_IdleNotKnown_TakesTheLeast()
    {
        var pace = Pace();
        Pass(requests: 1000, idle: null);
        Assert.Equal(49 * Worked.TotalMilliseconds, Pauses(pace, Worked).TotalMilliseconds, 1);
    }

    [Fact]
    public void PauseAfter_FewRequests_NoPauseHoweverBusyTheMachine()
    {
        var pace = Pace();
        Pass(requests: 190, idle: 0);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(Worked, TimeSpan.Zero, 0));
    }

    [Fact]
    public void PauseAfter_LongSpool_NoPause()
    {
        var pace = Pace();
        Pass(requests: 1000, idle: 0);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(Worked, TimeSpan.Zero, DrainPace.LongSpool));
    }

    [Fact]
    public void PauseAfter_RequestsEaseInALongPause_EndsIt()
    {
        var pace = Pace();
        Pass(requests: 1000, idle: 0);
        var pause = pace.PauseAfter(TimeSpan.FromSeconds(1), TimeSpan.Zero, 0);
        Assert.InRange(pause, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(250));
        Pass(requests: 10, idle: 0);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(TimeSpan.FromSeconds(1), pause, 0));
    }

    [Fact]
    public void PauseAfter_RequestsEase_RunsAtFullSpeedAgain()
    {
        var pace = Pace();
        Pass(requests: 1000, idle: 0);
        Assert.NotEqual(TimeSpan.Zero, pace.PauseAfter(Worked, TimeSpan.Zero, 0));
        Pass(requests: 10, idle: 0);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(Worked, TimeSpan.Zero, 0));
    }

    private static TimeSpan Pauses(DrainPace pace, TimeSpan worked)
    {
        var paused = TimeSpan.Zero;
        while (pace.PauseAfter(worked, paused, 0) is var pause && pause > TimeSpan.Zero)
        {
            paused += pause;
        }

        return paused;
    }

    private DrainPace Pace() => new(_time, () => _forwarded, () => _idle);

    private void Pass(long requests, double? idle)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _forwarded += requests;
        _idle = idle;
    }
}
