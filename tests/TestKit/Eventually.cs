using System.Diagnostics;
using Xunit;

namespace Tda.TestKit;

/// <summary>Waits on a condition of another process that it doesn't announce, such as a file that it writes.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns as soon as the condition holds; fails when it doesn't in time.</summary>
    public static async Task TrueAsync(Func<bool> condition, TimeSpan patience)
    {
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Interval);
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < patience, $"the condition did not hold within {patience}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Returns as soon as the condition holds; fails when it doesn't within half a minute.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition)
    {
        var patience = TimeSpan.FromSeconds(30);
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Interval);
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < patience, $"the condition did not hold within {patience}");
            await timer.WaitForNextTickAsync();
        }
    }
}
