using Tda.TestKit;

namespace Tda.Core.Tests.TestKit;

public class FakeTimeProviderTests
{
    [Fact]
    public async Task Advance_Delay_EndsWhenDue()
    {
        var time = new FakeTimeProvider();
        var delay = Task.Delay(TimeSpan.FromMinutes(1), time);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(delay.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await delay.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Advance_PeriodicTimer_FiresAtEachDueTime()
    {
        var time = new FakeTimeProvider();
        var start = time.GetUtcNow();
        var fired = new List<double>();
        using (time.CreateTimer(_ => fired.Add((time.GetUtcNow() - start).TotalSeconds), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)))
        {
            time.Advance(TimeSpan.FromSeconds(6));
        }

        Assert.Equal([1, 3, 5], fired);
        Assert.Equal(0, time.PendingTimers);
        Assert.Equal(TimeSpan.FromSeconds(6), time.GetElapsedTime(start.UtcTicks));
    }
}
