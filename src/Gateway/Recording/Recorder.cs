using Microsoft.Extensions.Logging;
using Tda.Gateway.Capture;
using Tda.Gateway.Operations;
using Tda.Gateway.Proxy;
using Tda.Gateway.Security;
using Tda.Gateway.Spool;

namespace Tda.Gateway.Recording;

/// <summary>
/// The record of a gateway run: every settled exchange goes into the spool, which the drain empties into the store, and every
/// request is accounted for.
/// </summary>
internal sealed partial class Recorder : IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan RefusalsTold = TimeSpan.FromMinutes(1);

    // What nobody waits for is on the disk after this long: so much a loss of power can cost at most under `written`.
    private static readonly TimeSpan BackgroundSync = TimeSpan.FromSeconds(1);

    private readonly GatewaySession _session;
    private readonly SpoolDirectory _directory;
    private readonly SpoolWriter _writer;
    private readonly SegmentSupply _supply;
    private readonly GroupSync _sync;
    private readonly OpenExchanges _open;
    private readonly SpoolDrain _drain;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _sweeper;
    private readonly Ledger _ledger;
    private readonly SpoolUsage _usage;
    private readonly LiveOptions _live;
    private readonly Refusals _refusals;
    private readonly HomeWatch _watch;
    private GatewaySession? _lastSession;

    // One more than the requests taken and not settled, until the end is asked for.
    private long _taken = 1;
    private string? _lastFailure;
    private string? _spoolGone;
    private long _refusedSince;
    private int _sweeping;

    /// <summary>Starts a session.</summary>
    /// <exception cref="IOException">The spool can't be written.</exception>
    public Recorder(
        IExchangeStore store,
        string root,
        LiveOptions live,
        GatewayTelemetry telemetry,
        Refusals refusals,
        TimeProvider time,
        ILogger logger)
    {
        var options = live.Current;
        _live = live;
        _refusals = refusals;
        _time = time;
        _logger = logger;
        _ledger = new(time);
        Memory = new(options.MaxMemoryBytes == 0 ? MemoryBudget.OfThisProcess : options.MaxMemoryBytes);
        var id = Guid.CreateVersion7(time.GetUtcNow());
        _session = new()
        {
            Id = id.ToString(),
            StartedAt = ExchangeTime.Normalise(time.GetUtcNow()),
            Durability = ConfigNames.Spell(options.Durability),
        };
        _usage = new(() => live.Current.Spool.MaxBytes);
        var sink = new ExchangeSink(
            store, Path.Combine(root, SpoolDirectory.RejectedName), Memory.MostParsed, telemetry.Recorded, () => _watch!.LogGone, logger);
        var orphans = new SpoolRecovery(sink, root, _usage, logger);
        _directory = SpoolDirectory.Create(root, id);
        _watch = new(ExchangeStore.ServerOf(options.Store) is null ? store.Location : null, _directory.LockPath);
        _supply = new(_directory, options.Spool.SegmentBytes, _usage, () => live.Current.Syncs);
        _writer = new(_supply, _session.Id);
        _open = new(_writer, Memory, time, () => live.Current.Spool.OpenAfter);
        _sync = new(_writer.Sync, telemetry.Metrics.Synced, BackgroundSync, time);
        _drain = new(sink, orphans, _directory, _writer, _open, _ledger, _supply, Describe, time, logger);
        WriteSession(stoppedAt: null);
        _sweeper = time.CreateTimer(static recorder => ((Recorder)recorder!).Sweep(), this, SweepInterval, SweepInterval);
        _drain.Start();
    }

    public string SessionId => _session.Id;

    /// <summary>What bodies may take of memory.</summary>
    public MemoryBudget Memory { get; }

    /// <summary>Sessions of earlier runs still to be recovered.</summary>
    public int OrphansLeft => _drain.OrphansLeft;

    /// <summary>Whether there is no space for more than the exchanges under way.</summary>
    public bool Full => _writer.Full || Volatile.Read(ref _spoolGone) is not null;

    public GatewayCounts Counts => _ledger.Counts();

    /// <summary>Whether log or spool were removed under the run, in words; null when they are there.</summary>
    public string? Gone => _watch.LogGone ?? _watch.SpoolGone;

    /// <summary>The state now, its counters taken so that the equation holds: settled ones before those under way.</summary>
    public HealthReport Read()
    {
        var counts = Counts;
        return new()
        {
            Forwarded = counts.Forwarded,
            Recorded = counts.Recorded,
            Pending = counts.Pending,
            InFlight = counts.InFlight,
            Drops = counts.Drops,
            Refusals = _refusals.Counts,
            PendingBytes = _drain.PendingBytes,
            OldestPending = counts.Pending > 0 ? _drain.OldestPending : null,
            SpoolSegments = SpoolDirectory.Segments(_directory.Path).Count,
            SpoolBytes = _usage.Bytes,
            SessionsToRecover = OrphansLeft,
            SpoolFaults = _drain.Faults.Count(fault => !fault.Torn),
            StoreErrors = _drain.Failures,
            Refusing = Full && _live.Current.Spool.WhenFull == SpoolFullPolicy.Refuse,
            Failure = Gone ?? _supply.Shortage ?? Volatile.Read(ref _lastFailure) ?? _drain.LastFailure,
            FailedAt = _drain.FailedAt,
            LastGap = _ledger.LastLoss,
            MemoryBytes = Memory.Used,
            MaxMemoryBytes = Memory.Bytes,
            Limited = Memory.Limited,
        };
    }

    /// <summary>Takes a request that is to be recorded; exactly one <see cref="RecordAsync"/> follows.</summary>
    public void Take(ExchangeCapture capture)
    {
        Interlocked.Increment(ref _taken);
        _ledger.Forwarded();
        _open.Add(capture);
    }

    /// <summary>Takes a request that is not to be recorded; <see cref="Settle"/> follows.</summary>
    public void TakeUnrecorded(DropCause cause)
    {
        Interlocked.Increment(ref _taken);
        _ledger.Forwarded();
        _ledger.Dropped(cause);
    }

    /// <summary>A request was refused, since nothing more can be recorded.</summary>
    public void Refused()
    {
        _refusals.Count(DropCause.SpoolFull.Name());

        // The first tells whoever reads the log; a line for each would fill it.
        var now = _time.GetTimestamp();
        var since = Interlocked.Read(ref _refusedSince);
        if ((since == 0 || _time.GetElapsedTime(since, now) >= RefusalsTold) && Interlocked.CompareExchange(ref _refusedSince, now, since) == since)
        {
            Refusing(_logger, Gone ?? _supply.Shortage ?? "the spool is full");
        }
    }

    /// <summary>Records an exchange; returns once it is as safe as the durability promises. A failing spool never throws here.</summary>
    /// <returns>Whether it is recorded; false when it is a declared drop.</returns>
    public async Task<bool> RecordAsync(ExchangeCapture capture, ForwardOutcome outcome, Durability durability)
    {
        var counted = false;
        try
        {
            using var turn = await capture.SettleAsync(outcome);
            using var record = capture.ToRecord(outcome, turn);
            _ledger.Spooled();
            counted = true;

            // What waits for a sync is written by it, with all else that does.
            _writer.AppendExchange(record, buffered: durability != Durability.Written);
        }
        catch (Exception error) when (!counted || error is IOException)
        {
            // Before it is counted anything may come: a configured detector of secrets is somebody else's code. No request may stay in flight.
            Volatile.Write(ref _lastFailure, error.Message);
            var cause = error is SpoolFullException ? DropCause.SpoolFull : DropCause.SpoolFailed;
            if (counted)
            {
                _ledger.NotSpooled(cause);
            }
            else
            {
                _ledger.Dropped(cause);
            }

            Dropped(_logger, capture.Id, error);
            return false;
        }
        finally
        {
            _open.Remove(capture);
            Settle();
        }

        _drain.Wake();
        if (durability == Durability.Synced)
        {
            return await SyncAsync(capture.Id);
        }

        Volatile.Write(ref _lastFailure, null);
        return true;
    }

    /// <summary>Makes what has come of an exchange durable before a part of it that looks like its end goes to the client.</summary>
    /// <exception cref="IOException">The spool can't be written.</exception>
    public async Task SpoolProgressAsync(ExchangeCapture capture, Durability durability)
    {
        using (capture.ProgressCost(_writer) is var cost and > 0 ? await Memory.TurnAsync(cost) : null)
        {
            capture.SpoolProgress(_writer, force: true);
        }

        if (durability == Durability.Synced)
        {
            await _sync.WaitAsync();
        }
    }

    /// <summary>Waits for every request taken to be settled, drains the spool if the store takes it, and closes the session.</summary>
    public async ValueTask DisposeAsync()
    {
        Settle();
        await _idle.Task;
        await _sweeper.DisposeAsync();
        try
        {
            _writer.Flush();
            WriteSession(ExchangeTime.Normalise(_time.GetUtcNow()));
        }
        catch (IOException error)
        {
            // The counters stay as last spooled, and `verify` reports the session as unfinished.
            SessionFailed(_logger, error);
        }

        _sync.Dispose();
        var drained = await _drain.FinishAsync(_live.Current.DrainTimeout);
        _writer.Dispose();
        if (drained && Gone is null)
        {
            _directory.RemoveWhole();
        }

        _directory.Dispose();
    }

    /// <summary>Waits for the disk. An exchange that it does not take is in the spool all the same, but not as safe as promised.</summary>
    private async Task<bool> SyncAsync(string id)
    {
        try
        {
            await _sync.WaitAsync();
            Volatile.Write(ref _lastFailure, null);
            return true;
        }
        catch (IOException error)
        {
            Volatile.Write(ref _lastFailure, error.Message);
            NotSynced(_logger, id, error);
            return false;
        }
    }

    private GatewaySession Describe(DateTimeOffset? stoppedAt)
    {
        var head = _writer.Head;
        return _ledger.Describe(_session) with { StoppedAt = stoppedAt, Spooled = head.Sequence, ChainHead = head.Chain };
    }

    /// <summary>A request that was taken is done with.</summary>
    public void Settle()
    {
        if (Interlocked.Decrement(ref _taken) == 0)
        {
            _idle.SetResult();
        }
    }

    private void Sweep()
    {
        // Where a large body takes longer than the interval, the next sweep waits for a later one.
        if (Interlocked.Exchange(ref _sweeping, 1) != 0)
        {
            return;
        }

        try
        {
            Volatile.Write(ref _spoolGone, _watch.SpoolGone);
            _supply.Retry();
            _writer.Flush();
            _open.Sweep();
            WriteSession(stoppedAt: null);
            _drain.Wake();
        }
        catch (Exception error)
        {
            // Whatever it is, a timer must not end the process. Shown in /health; the next sweep tries again.
            Volatile.Write(ref _lastFailure, error.Message);
        }
        finally
        {
            Volatile.Write(ref _sweeping, 0);
        }
    }

    /// <summary>Spools the counters when they changed, so that a kill leaves them a quarter of a second old at most.</summary>
    private void WriteSession(DateTimeOffset? stoppedAt)
    {
        var session = Describe(stoppedAt);
        if (session.Forwarded != _lastSession?.Forwarded || session.Spooled != _lastSession.Spooled || session.Dropped != _lastSession.Dropped || stoppedAt is not null)
        {
            _writer.Append(FrameType.Session, JsonSerializer.SerializeToUtf8Bytes(session, JsonDefaults.Options));
            _lastSession = session;
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "requests are refused, since nothing more can be recorded: {Reason}")]
    private static partial void Refusing(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "exchange {Id} could not be recorded and is a declared drop")]
    private static partial void Dropped(ILogger logger, string id, Exception error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "exchange {Id} is written, but the disk did not confirm it")]
    private static partial void NotSynced(ILogger logger, string id, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "the spool could not take the session's final counters")]
    private static partial void SessionFailed(ILogger logger, Exception error);
}
