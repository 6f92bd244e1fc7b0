using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Tda.Gateway.Spool;

namespace Tda.Gateway.Recording;

/// <summary>
/// Moves exchanges from the spool into the store, in the background, and deletes segments that the store has committed.
/// While the store is down it tries again and again; nothing is lost meanwhile, the spool only grows.
/// </summary>
internal sealed partial class SpoolDrain(
    ExchangeSink sink,
    SpoolRecovery orphans,
    SpoolDirectory directory,
    SpoolWriter writer,
    OpenExchanges open,
    Ledger ledger,
    SegmentSupply supply,
    Func<DateTimeOffset?, GatewaySession> sessionStoppedAt,
    TimeProvider time,
    ILogger logger)
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OrphanRetry = TimeSpan.FromSeconds(2);

    private readonly SpoolReader _reader = new(directory.Path, collectPartials: false);
    private readonly DrainPace _pace = new(time, () => ledger.Counts().Forwarded, Environment.ProcessorCount);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly List<SpooledExchange> _batch = [];
    private string? _lastFailure;
    private string? _orphanFailure;
    private long _orphanFailedAt;
    private GatewaySession? _saved;
    private long _oldestPending;
    private long _drainedBytes;
    private long _failures;
    private long _failedAt;
    private Task _running = Task.CompletedTask;

    /// <summary>The store's last failure, while it lasts.</summary>
    public string? LastFailure => Volatile.Read(ref _lastFailure) ?? Volatile.Read(ref _orphanFailure);

    public IReadOnlyList<SpoolFault> Faults => [.. orphans.Faults, .. _reader.Faults];

    /// <summary>Sessions of earlier runs still to be recovered.</summary>
    public int OrphansLeft => orphans.Left;

    /// <summary>When the oldest exchange ended that the store does not have, as far as the drain has read; null when it knows of none.</summary>
    public DateTimeOffset? OldestPending => Interlocked.Read(ref _oldestPending) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Bytes of the spool that are still to be drained.</summary>
    public long PendingBytes => Math.Max(0, writer.WrittenBytes - Interlocked.Read(ref _drainedBytes));

    /// <summary>Writes to the store that failed.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>When the last of them was; null when there was none.</summary>
    public DateTimeOffset? FailedAt => Interlocked.Read(ref _failedAt) is var ticks and not 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Says that there may be something to drain.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Drains what is left, once; the writer writes no more. While the store is down this does not wait for it.</summary>
    /// <param name="limit">The longest that this may take; what is left then is the next start's work.</param>
    /// <returns>Whether the store, and its disk, have everything.</returns>
    public async Task<bool> FinishAsync(TimeSpan limit)
    {
        await _stop.CancelAsync();
        await _running;
        var start = time.GetTimestamp();
        try
        {
            while (await DrainBatchAsync())
            {
                if (time.GetElapsedTime(start) >= limit)
                {
                    return false;
                }
            }

            await sink.StoreAsync([], sessionStoppedAt(ExchangeTime.Normalise(time.GetUtcNow())));
            await sink.SyncAsync();
            while (time.GetElapsedTime(start) < limit && await TryRecoverAsync())
            {
            }

            return _reader.Faults.Count == 0;
        }
        catch (Exception error)
        {
            // Whatever it is, the spool stays for the next start.
            Left(logger, error);
            return false;
        }
        finally
        {
            orphans.Release();
            _reader.Dispose();
            _stop.Dispose();
        }
    }

    private async Task RunAsync()
    {
        var retry = FirstRetry;
        while (!_stop.IsCancellationRequested)
        {
            var start = time.GetTimestamp();
            try
            {
                if (await TryRecoverAsync())
                {
                    continue;
                }

                if (!await DrainBatchAsync())
                {
                    await SaveSessionAsync();
                    await WaitForMoreAsync();
                    continue;
                }

                retry = FirstRetry;
                await RestAsync(time.GetElapsedTime(start));
            }
            catch (Exception error)
            {
                // Whatever it is, the answer is the same: try again, and show it meanwhile.
                Fail(error);
                await PauseAsync(retry);
                retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
            }
        }
    }

    /// <summary>Lets clients have the machine, for as long as they keep it busy.</summary>
    private async Task RestAsync(TimeSpan worked)
    {
        var paused = TimeSpan.Zero;
        while (_pace.PauseAfter(worked, paused, PendingBytes) is var pause && pause > TimeSpan.Zero && !_stop.IsCancellationRequested)
        {
            await PauseAsync(pause);
            paused += pause;
        }
    }

    /// <summary>
    /// Recovers the next session that an earlier run left, if there is one; false when there is none, or when it could not be
    /// recovered: then it is tried again later, and does not keep what this run spools from the store.
    /// </summary>
    private async Task<bool> TryRecoverAsync()
    {
        if (orphans.Left == 0 || (_orphanFailure is not null && time.GetElapsedTime(_orphanFailedAt) < OrphanRetry))
        {
            return false;
        }

        try
        {
            await orphans.RecoverNextAsync();
            Volatile.Write(ref _orphanFailure, null);
            return true;
        }
        catch (Exception error)
        {
            // Whatever it is: damage that no reader foresaw, or a store that is down, which the live drain will meet too.
            _orphanFailedAt = time.GetTimestamp();
            if (Interlocked.Exchange(ref _orphanFailure, $"an earlier run's spool can't be brought in: {error.Message}") is null)
            {
                OrphanFailed(logger, error);
            }

            return false;
        }
    }

    private async Task WaitForMoreAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        if (orphans.Left > 0)
        {
            limit.CancelAfter(OrphanRetry);
        }

        try
        {
            await _wake.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The drain is stopped, or it is time to try an earlier run's spool again.
        }

        // A transaction for ten costs little more than one for one.
        await PauseAsync(Gather);
    }

    /// <summary>Waits, at most until the drain is stopped.</summary>
    private async Task PauseAsync(TimeSpan pause) =>
        await Task.Delay(pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Drains one batch; false when there is nothing.</summary>
    private async Task<bool> DrainBatchAsync()
    {
        // A batch that the store did not take is still there.
        if (_batch.Count == 0)
        {
            _reader.Read(writer.Committed, _batch);
        }

        if (_batch.Count == 0)
        {
            Interlocked.Exchange(ref _oldestPending, 0);
            Interlocked.Exchange(ref _drainedBytes, _reader.BytesRead);
            await RemoveDoneAsync();
            return false;
        }

        var first = _batch[0].Exchange;
        Interlocked.Exchange(ref _oldestPending, first.StartedAt.AddMilliseconds(first.TotalMs).UtcTicks);
        var session = sessionStoppedAt(null);
        var count = _batch.Count;
        var refused = await sink.StoreAsync(_batch, session);
        ledger.Drained(count - _batch.Count - refused, refused);

        // With a refusal the counters changed that were stored with the batch.
        _saved = refused == 0 ? session : null;
        Volatile.Write(ref _lastFailure, null);
        if (_batch.Count == 0)
        {
            Interlocked.Exchange(ref _drainedBytes, _reader.BytesRead);
            await RemoveDoneAsync();
        }

        return true;
    }

    /// <summary>Keeps the session's counters in the store up to date when nothing but they changed.</summary>
    private async Task SaveSessionAsync()
    {
        var session = sessionStoppedAt(null);
        if (session.Forwarded != _saved?.Forwarded || session.Spooled != _saved.Spooled)
        {
            await sink.StoreAsync([], session);
            _saved = session;
            Volatile.Write(ref _lastFailure, null);
        }
    }

    private async Task RemoveDoneAsync()
    {
        var needed = Math.Min(_reader.Segment, open.OldestSegment);
        var done = SpoolDirectory.Segments(directory.Path).TakeWhile(number => number < needed).ToList();
        if (done.Count > 0)
        {
            // Commits are not synced one by one: syncs of the store would make those wait that clients wait for.
            await sink.SyncAsync();
        }

        foreach (var number in done)
        {
            supply.Retire(number);
        }
    }

    private void Fail(Exception error)
    {
        Interlocked.Increment(ref _failures);
        Interlocked.Exchange(ref _failedAt, time.GetUtcNow().UtcTicks);
        if (Interlocked.Exchange(ref _lastFailure, error.Message) is null)
        {
            // Once a failure, not once a retry.
            StoreFailed(logger, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "the store can't be written; exchanges wait in the spool")]
    private static partial void StoreFailed(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "an earlier run's spool can't be brought into the store; tried again later")]
    private static partial void OrphanFailed(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the spool is left for the next start")]
    private static partial void Left(ILogger logger, Exception error);
}
