using Tda.Gateway.Spool;

namespace Tda.Gateway.Tests.Spool;

public sealed class GroupSyncTests : IDisposable
{
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _allowed = new(0);
    private readonly List<int> _served = [];
    private readonly GroupSync _sync;
    private volatile Exception? _failure;
    private volatile Exception? _thrown;
    private volatile bool _free;

    public GroupSyncTests() => _sync = new(Sync, (waiting, _) => _served.Add(waiting), Timeout.InfiniteTimeSpan, TimeProvider.System);

    public void Dispose()
    {
        _free = true;
        _allowed.Release();
        _sync.Dispose();
        _begun.Dispose();
        _allowed.Dispose();
    }

    [Fact]
    public async Task WaitAsync_WhileASyncIsUnderWay_IsServedByTheNextWithAllOthersThatCame()
    {
        var (first, others) = await UnderWayAsync(40);
        _allowed.Release();
        await first;

        // What they wrote may have come after the first sync began.
        await _begun.WaitAsync();
        Assert.All(others, other => Assert.False(other.IsCompleted));
        _allowed.Release();
        await Task.WhenAll(others);
        Assert.Equal([1, 40], _served);
    }

    [Fact]
    public async Task WaitAsync_OneAloneAfterACrowd_IsServedThoughNoOtherComes()
    {
        var (first, crowd) = await UnderWayAsync(40);
        _free = true;
        _allowed.Release();
        await first;
        await Task.WhenAll(crowd);
        for (var i = 0; i < 3; i++)
        {
            await _sync.WaitAsync();
        }

        Assert.Equal([1, 40, 1, 1, 1], _served);
    }

    [Fact]
    public async Task WaitAsync_SyncFails_AllThatWaitedForItHearOfIt()
    {
        var (first, others) = await UnderWayAsync(20);
        _allowed.Release();
        await first;
        await _begun.WaitAsync();
        _failure = new IOException("broken");
        _allowed.Release();
        foreach (var other in others)
        {
            Assert.Equal("broken", (await Assert.ThrowsAsync<IOException>(() => other)).Message);
        }
    }

    // An exception ended the thread, and with it the process.
    [Fact]
    public async Task WaitAsync_SyncThrows_WhoWaitsHearsOfItAndTheNextIsServed()
    {
        _free = true;
        _thrown = new InvalidOperationException("unforeseen");
        Assert.Equal("unforeseen", (await Assert.ThrowsAsync<InvalidOperationException>(_sync.WaitAsync)).Message);
        _thrown = null;
        await _sync.WaitAsync();
    }

    [Fact]
    public async Task Dispose_SomeWait_ServesThemAndNoneAfter()
    {
        _free = true;
        var waiting = Waiting(20);
        _sync.Dispose();
        await Task.WhenAll(waiting);
        await Assert.ThrowsAsync<IOException>(_sync.WaitAsync);
    }

    /// <summary>A sync for one that is under way until it is allowed to end, and others who wait for the next.</summary>
    private async Task<(Task First, Task[] Others)> UnderWayAsync(int others)
    {
        var first = _sync.WaitAsync();
        await _begun.WaitAsync();
        return (first, Waiting(others));
    }

    private Task[] Waiting(int count) => [.. Enumerable.Range(0, count).Select(_ => _sync.WaitAsync())];

    private Exception? Sync()
    {
        if (!_free)
        {
            _begun.Release();
            _allowed.Wait();
        }

        return _thrown is { } thrown ? throw thrown : _failure;
    }
}
