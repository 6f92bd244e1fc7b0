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
internal sealed partial class Recorder : IGatewayState, IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(250);

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
    private readonly LiveOptions _live;
    private readonly GatewayMetrics _metrics;
    private readonly Refusals _refusals;
    private GatewaySession? _lastSession;

    // One more than the requests taken and not settled, until the end is asked for.
    private long _taken = 1;
    private string? _lastFailure;

    private Recorder(IExchangeStore store, string root, LiveOptions live, GatewayTelemetry telemetry, Refusals refusals, TimeProvider time, ILogger logger)
    {
        var options = live.Current;
        _live = live;
        _metrics = telemetry.Metrics;
        _refusals = refusals;
        _time = time;
        _logger = logger;
        Ledger = new(time);
        var id = Guid.CreateVersion7(time.GetUtcNow());
        _session = new()
        {
            Id = id.ToString(),
            StartedAt = ExchangeTime.Normalise(time.GetUtcNow()),
            Durability = ConfigNames.Spell(options.Durability),
        };
        Usage = new(() => live.Current.Spool.MaxBytes);
        var sink = new ExchangeSink(store, Path.Combine(root, SpoolDirectory.RejectedName), telemetry.Recorded, logger);
        var orphans = new SpoolRecovery(sink, root, Usage, logger);
        _directory = SpoolDirectory.Create(root, id);
        _supply = new(_directory, options.Spool.SegmentBytes, Usage, () => live.Current.Syncs);
        _writer = new(_supply, _session.Id);
        _open = new(_writer, time, () => live.Current.Spool.OpenAfter);
        _sync = new(_writer.Sync, Synced, BackgroundSync, time);
        _drain = new(sink, orphans, _directory, _writer, _open, Ledger, _supply, () => Describe(stoppedAt: null), time, logger);
        WriteSession(stoppedAt: null);
        _sweeper = time.CreateTimer(static recorder => ((Recorder)recorder!).Sweep(), this, SweepInterval, SweepInterval);
    }

    /// <summary>This run's id.</summary>
    public string SessionId => _session.Id;

    /// <summary>The counters.</summary>
    public Ledger Ledger { get; }

    /// <summary>The bytes that the spool takes.</summary>
    public SpoolUsage Usage { get; }

    /// <summary>The drain, for its state.</summary>
    public SpoolDrain Drain => _drain;

    /// <summary>Whether there is no space for more than the exchanges under way.</summary>
    public bool Full => _writer.Full;

    /// <summary>The last error of spool or store, while it lasts; null when all is well.</summary>
    public string? LastFailure => _supply.Shortage ?? Volatile.Read(ref _lastFailure) ?? _drain.LastFailure;

    /// <summary>The counters now.</summary>
    public GatewayCounts Counts => Ledger.Counts();

    /// <inheritdoc/>
    public GatewayState Read()
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
            SpoolBytes = Usage.Bytes,
            SessionsToRecover = _drain.OrphansLeft,
            SpoolFaults = _drain.Faults.Count(fault => !fault.Torn),
            StoreErrors = _drain.Failures,
            Refusing = Full && _live.Current.Spool.WhenFull == SpoolFullPolicy.Refuse,
            Failure = LastFailure,
            FailedAt = _drain.FailedAt,
            LastGap = Ledger.LastLoss,
        };
    }

    /// <summary>Starts a session.</summary>
    /// <exception cref="IOException">The spool can't be written.</exception>
    public static Recorder Start(
        IExchangeStore store, string root, LiveOptions live, GatewayTelemetry telemetry, Refusals refusals, TimeProvider time, ILogger logger)
    {
        var recorder = new Recorder(store, root, live, telemetry, refusals, time, logger);
        recorder._drain.Start();
        return recorder;
    }

    /// <summary>Takes a request that is to be recorded; exactly one <see cref="RecordAsync"/> follows.</summary>
    public void Take(ExchangeCapture capture)
    {
        Interlocked.Increment(ref _taken);
        Ledger.Forwarded();
        _open.Add(capture);
    }

    /// <summary>Takes a request that is not to be recorded; <see cref="Passed"/> follows.</summary>
    public void TakeUnrecorded(DropCause cause)
    {
        Interlocked.Increment(ref _taken);
        Ledger.Forwarded();
        Ledger.Dropped(cause);
    }

    /// <summary>A request was refused, since nothing more can be recorded.</summary>
    public void Refused() => _refusals.Count(DropCause.SpoolFull.Name());

    /// <summary>A request that is not recorded has passed.</summary>
    public void Passed() => Settle();

    /// <summary>Records an exchange; returns once it is as safe as the durability promises. A failing spool never throws here.</summary>
    /// <returns>Whether it is recorded; false when it is a declared drop.</returns>
    public async Task<bool> RecordAsync(ExchangeCapture capture, ForwardOutcome outcome, Durability durability)
    {
        var counted = false;
        try
        {
            using var record = capture.ToRecord(outcome);
            Ledger.Spooled();
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
                Ledger.NotSpooled(cause);
            }
            else
            {
                Ledger.Dropped(cause);
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
        capture.SpoolProgress(_writer, force: true);
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
        var drained = await _drain.FinishAsync(() => Describe(ExchangeTime.Normalise(_time.GetUtcNow())), _live.Current.DrainTimeout);
        _writer.Dispose();
        if (drained)
        {
            await _drain.RemoveAllAsync();
            _directory.Remove();
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
        return Ledger.Describe(_session) with { StoppedAt = stoppedAt, Spooled = head.Sequence, ChainHead = head.Chain };
    }

    private void Settle()
    {
        if (Interlocked.Decrement(ref _taken) == 0)
        {
            _idle.SetResult();
        }
    }

    private void Sweep()
    {
        try
        {
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

    private void Synced(int waiting, TimeSpan elapsed)
    {
        _metrics.Fsync(elapsed);
        _metrics.Batch(waiting);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "exchange {Id} could not be recorded and is a declared drop")]
    private static partial void Dropped(ILogger logger, string id, Exception error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "exchange {Id} is written, but the disk did not confirm it")]
    private static partial void NotSynced(ILogger logger, string id, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "the spool could not take the session's final counters")]
    private static partial void SessionFailed(ILogger logger, Exception error);
}
