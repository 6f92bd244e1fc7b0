namespace Tda.Gateway.Spool;

/// <summary>
/// Group commit: one thread syncs whatever is written, and whoever asked meanwhile is answered by the next round, so that a
/// sync of a third of a millisecond serves all who wait for it. Where several wait at once, more are about to: the round
/// gives them a millisecond, since each sync costs the processor as much as several requests. One alone does not wait, unless it is
/// only the first of a crowd to come back.
/// </summary>
internal sealed class GroupSync : IDisposable
{
    // So many are worth a sync at once; on two cores, 32 connections that wait for a sync each keep about as many coming.
    private const int EnoughWaiting = 16;

    // Whoever waited goes on on the thread that answers: a hop for each would cost more than going on one after the other.
    private const int AnsweredTogether = 8;
    private static readonly TimeSpan LongestGathering = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _enough = new(initialState: false);
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Func<Exception?> _sync;
    private readonly Action<int, TimeSpan> _report;
    private readonly TimeProvider _time;
    private readonly TimeSpan _background;
    private readonly Thread _thread;
    private List<TaskCompletionSource> _waiting = [];
    private volatile bool _stopped;
    private bool _crowd;

    /// <param name="sync">Makes all that was written before the call durable; returns what went wrong, or null.</param>
    /// <param name="report">Is told how many waited for a round and how long it took.</param>
    /// <param name="background">The longest that written bytes stay unsynced when nobody waits for them.</param>
    /// <param name="time">The clock.</param>
    public GroupSync(Func<Exception?> sync, Action<int, TimeSpan> report, TimeSpan background, TimeProvider time)
    {
        _sync = sync;
        _report = report;
        _background = background;
        _time = time;
        _thread = new(Run) { IsBackground = true, Name = "tda spool sync" };
        _thread.Start();
    }

    /// <summary>Returns when all that was written before the call is durable.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public Task WaitAsync()
    {
        var source = new TaskCompletionSource();
        int waiting;
        lock (_gate)
        {
            if (_stopped)
            {
                return Task.FromException(new IOException("the spool is closed"));
            }

            _waiting.Add(source);
            waiting = _waiting.Count;
        }

        // The first of a round wakes the thread; each signal is a system call.
        if (waiting == 1)
        {
            _wake.Set();
        }
        else if (waiting == EnoughWaiting)
        {
            _enough.Set();
        }

        return source.Task;
    }

    /// <summary>Ends after a last round.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
        }

        _wake.Set();
        _thread.Join();
        _wake.Dispose();
        _enough.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _wake.WaitOne(_background);
            var last = _stopped;
            Gather();
            Round();
            if (last)
            {
                Round();
                return;
            }
        }
    }

    private void Gather()
    {
        var start = _time.GetTimestamp();
        var left = LongestGathering;

        // Its signal may be one of before, when enough came while a sync was under way.
        while (Waiting() is var waiting && waiting < EnoughWaiting && waiting > (_crowd ? 0 : 1) && left > TimeSpan.Zero && !_stopped)
        {
            _enough.WaitOne(left);
            left = LongestGathering - _time.GetElapsedTime(start);
        }
    }

    private int Waiting()
    {
        lock (_gate)
        {
            return _waiting.Count;
        }
    }

    private void Round()
    {
        List<TaskCompletionSource> served = [];
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                // Taken before the sync: whoever comes later may have written after it began.
                (served, _waiting) = (_waiting, served);
            }
        }

        var start = _time.GetTimestamp();
        var failure = Sync();
        if (served.Count > 0)
        {
            _crowd = served.Count >= EnoughWaiting / 2;
            _report(served.Count, _time.GetElapsedTime(start));

            foreach (var together in served.Chunk(AnsweredTogether))
            {
                ThreadPool.UnsafeQueueUserWorkItem(static answer => answer.Run(), new Answer(together, failure), preferLocal: false);
            }
        }
    }

    private Exception? Sync()
    {
        try
        {
            return _sync();
        }
        catch (Exception error)
        {
            // Whatever it is, whoever waits must hear of it, and the thread must go on: its end would be the process's.
            return error;
        }
    }

    private sealed record Answer(IReadOnlyList<TaskCompletionSource> Served, Exception? Failure)
    {
        public void Run()
        {
            foreach (var source in Served)
            {
                if (Failure is null)
                {
                    source.SetResult();
                }
                else
                {
                    source.SetException(Failure);
                }
            }
        }
    }
}
