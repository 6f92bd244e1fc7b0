using Tda.ProxyTrainer.Engine;

namespace Tda.ProxyTrainer.Tests.Engine;

public sealed class LateReleaseTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<nint> _released = [];
    private readonly LateRelease _late;

    public LateReleaseTests() => _late = new LateRelease(TimeSpan.FromSeconds(5), _released.Add, _time);

    [Fact]
    public void ReleaseDue_BeforeTheGraceIsOver_ReleasesNothing()
    {
        _late.Add(1);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        _late.ReleaseDue();

        Assert.Empty(_released);
        Assert.Equal(1, _late.Count);
    }

    [Fact]
    public void ReleaseDue_OfSeveral_ReleasesThoseThatAreDueInTheirOrder()
    {
        foreach (var handle in (nint[])[1, 2, 3])
        {
            _late.Add(handle);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        _late.ReleaseDue(); // ended 6, 4 and 2 seconds ago
        Assert.Equal([1], _released);
        _time.Advance(TimeSpan.FromSeconds(4));
        _late.ReleaseDue();
        Assert.Equal([1, 2, 3], _released);
        Assert.Equal(0, _late.Count);

        _late.Add(4);
        _time.Advance(TimeSpan.FromSeconds(5));
        _late.ReleaseDue();
        Assert.Equal(4, _released[^1]);
    }

    [Fact]
    public void ReleaseDue_OnSeveralThreads_ReleasesEachOnce()
    {
        var seen = new int[10_000];
        var late = new LateRelease(TimeSpan.Zero, handle => Interlocked.Increment(ref seen[handle]));
        Parallel.For(0, seen.Length, i =>
        {
            late.Add(i);
            late.ReleaseDue();
        });
        late.ReleaseDue();

        Assert.All(seen, count => Assert.Equal(1, count));
    }
}
