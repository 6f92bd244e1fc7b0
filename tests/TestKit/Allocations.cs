using Xunit;

namespace Tda.TestKit;

/// <summary>What code takes from the managed heap.</summary>
public static class Allocations
{
    private const int Times = 1000;
    private const int SmallestObject = 24;

    /// <summary>
    /// Fails if each run of it makes at least one object on this thread's heap. What the runtime takes once, whenever that comes (statics of a
    /// thread, a compiled tier), is less than one object a run.
    /// </summary>
    public static void AssertNone(Action once)
    {
        once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Times; i++)
        {
            once();
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (Times * SmallestObject) - 1);
    }
}
