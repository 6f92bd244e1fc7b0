namespace Tda.Gateway.Spool;

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
