using System.Collections.Concurrent;

namespace Tda.Gateway.Spool;

/// <summary>Exchanges that found the spool's lock taken; the thread pool appends them, several at a time.</summary>
/// <param name="append">Appends some, and notes in each what became of it; throws nothing.</param>
internal sealed class ExchangeQueue(Action<IReadOnlyList<QueuedExchange>> append) : IThreadPoolWorkItem
{
    // Their answers go out one after the other on one thread, so that a hop to another is paid once; more than this is another's turn.
    private const int MostTogether = 4;

    private readonly ConcurrentQueue<QueuedExchange> _queue = new();
    private int _called;

    /// <returns>The exchange's sequence number, once it is appended.</returns>
    /// <exception cref="IOException">It could not be written.</exception>
    public Task<long> AppendAsync(ExchangeRecord record, bool buffered)
    {
        var queued = new QueuedExchange(record, buffered);
        _queue.Enqueue(queued);
        Call();
        return queued.Task;
    }

    /// <summary>Appends the oldest.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        // Before the queue is looked at: whoever comes later calls again.
        Volatile.Write(ref _called, 0);
        var taken = new List<QueuedExchange>(MostTogether);
        while (taken.Count < MostTogether && _queue.TryDequeue(out var next))
        {
            taken.Add(next);
        }

        append(taken);
        if (!_queue.IsEmpty)
        {
            Call();
        }

        foreach (var exchange in taken)
        {
            exchange.Answer();
        }
    }

    private void Call()
    {
        if (Interlocked.Exchange(ref _called, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}

/// <summary>An exchange that waits to be appended with others. Whoever awaits it goes on on the thread that answers.</summary>
/// <param name="record">The exchange.</param>
/// <param name="buffered">Whether it may stay in memory for a moment.</param>
internal sealed class QueuedExchange(ExchangeRecord record, bool buffered) : TaskCompletionSource<long>
{
    public ExchangeRecord Record { get; } = record;

    public bool Buffered { get; } = buffered;

    /// <summary>Its number, once it is appended.</summary>
    public long Sequence { get; set; }

    /// <summary>Why it is not; null when it is.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Says what became of it.</summary>
    public void Answer()
    {
        if (Failure is { } failure)
        {
            SetException(failure);
        }
        else
        {
            SetResult(Sequence);
        }
    }
}
