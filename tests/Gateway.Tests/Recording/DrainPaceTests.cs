using Tda.Gateway.Recording;

namespace Tda.Gateway.Tests.Recording;

public sealed class DrainPaceTests
{
    private static readonly TimeSpan Worked = TimeSpan.FromMilliseconds(10);
    private readonly FakeTimeProvider _time = new();
    private long _forwarded;

    [Theory]
    [InlineData(2, .02)]
    [InlineData(8, .08)]
    [InlineData(128, 1)] // no pause
    public void PauseAfter_RequestsComeFast_TakesAHundredthOfTheMachine(int processors, double share)
    {
        var pace = Pace(processors);
        Pass(requests: 1000);
        Assert.Equal(Worked.TotalMilliseconds * ((1 / share) - 1), Pauses(pace, Worked).TotalMilliseconds, 1);
    }

    [Fact]
    public void PauseAfter_FewRequests_NoPause()
    {
        var pace = Pace();
        Pass(requests: 190);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(Worked, TimeSpan.Zero, 0));
    }

    [Fact]
    public void PauseAfter_LongSpool_NoPause()
    {
        var pace = Pace();
        Pass(requests: 1000);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(Worked, TimeSpan.Zero, DrainPace.LongSpool));
    }

    [Fact]
    public void PauseAfter_RequestsEaseInALongPause_EndsIt()
    {
        var pace = Pace();
        Pass(requests: 1000);
        var pause = pace.PauseAfter(TimeSpan.FromSeconds(1), TimeSpan.Zero, 0);
        Assert.InRange(pause, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(250));
        Pass(requests: 10);
        Assert.Equal(TimeSpan.Zero, pace.PauseAfter(TimeSpan.FromSeconds(1), pause, 0));
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

    private DrainPace Pace(int processors = 2) => new(_time, () => _forwarded, processors);

    private void Pass(long requests)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _forwarded += requests;
    }
}
