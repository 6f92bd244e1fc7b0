using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Tda.Core.Exchanges;
using Tda.Core.Store;

namespace Tda.Gateway.Recording;

/// <summary>
/// Writes exchanges to the log with group commit: while one transaction is written, those that come gather for the next,
/// so that a slow disk costs each client about one commit, not one per client before it.
/// </summary>
internal sealed partial class Recorder : IAsyncDisposable
{
    // 128 exchanges make a commit's cost per exchange negligible; more would only make the first of them wait.
    private const int MaxBatch = 128;
    private const int MaxQueued = 1024;

    private readonly IExchangeStore _store;
    private readonly Spool _spool;
    private readonly Durability _durability;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DateTimeOffset _startedAt;
    private readonly Channel<Pending> _queue = Channel.CreateBounded<Pending>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _writing = Task.CompletedTask;

    // One more than the requests taken and not settled, until the end is asked for.
    private long _open = 1;
    private long _forwarded;
    private long _recorded;
    private long _spooled;
    private long _dropped;
    private string? _lastFailure;

    private Recorder(IExchangeStore store, string sessionId, string spoolDirectory, Durability durability, TimeProvider time, ILogger logger)
    {
        _store = store;
        SessionId = sessionId;
        _spool = new Spool(spoolDirectory, sessionId);
        _durability = durability;
        _time = time;
        _logger = logger;
        _startedAt = ExchangeTime.Normalise(time.GetUtcNow());
    }

    /// <summary>Told of every exchange once the log has it.</summary>
    public Action<Exchange>? Recorded { get; init; }

    /// <summary>This run's id.</summary>
    public string SessionId { get; }

    /// <summary>The last error of the log or the spool, while it lasts; null when the last write succeeded.</summary>
    public string? LastFailure => Volatile.Read(ref _lastFailure);

    /// <summary>The counters now. Read from settled to forwarded, so that in flight is never negative.</summary>
    public GatewayCounts Counts
    {
        get
        {
            var dropped = Interlocked.Read(ref _dropped);
            var spooled = Interlocked.Read(ref _spooled);
            var recorded = Interlocked.Read(ref _recorded);
            return new(Interlocked.Read(ref _forwarded), recorded, spooled, dropped);
        }
    }

    /// <summary>Starts a session: its row is the first write, so that a log that can't be written stops the start.</summary>
    public static async Task<Recorder> StartAsync(
        IExchangeStore store, string spoolDirectory, Durability durability, TimeProvider time, ILogger logger, Action<Exchange>? recorded, CancellationToken cancellationToken)
    {
        var recorder = new Recorder(store, Guid.CreateVersion7(time.GetUtcNow()).ToString(), spoolDirectory, durability, time, logger) { Recorded = recorded };
        await store.SaveSessionAsync(recorder.Session(stoppedAt: null), cancellationToken);
        recorder._writing = Task.Run(recorder.WriteAllAsync, CancellationToken.None);
        return recorder;
    }

    /// <summary>Counts a request taken on behalf of the upstream; exactly one <see cref="RecordAsync"/> follows.</summary>
    public void CountForwarded()
    {
        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _forwarded);
    }

    /// <summary>Records an exchange; returns once it is as safe as the durability promises. A failing log never throws here.</summary>
    public async Task RecordAsync(Exchange exchange)
    {
        // Not cancellable: a client that leaves must not take its exchange with it.
        var pending = new Pending(exchange);
        await _queue.Writer.WriteAsync(pending);
        if (_durability != Durability.Memory)
        {
            await pending.Settled.Task;
        }
    }

    /// <summary>Waits for every request taken to be settled, then closes the session. No request may be taken afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        Close(1);
        await _drained.Task;
        _queue.Writer.Complete();
        await _writing;
        try
        {
            await _store.SaveSessionAsync(Session(ExchangeTime.Normalise(_time.GetUtcNow())));
        }
        catch (Exception error)
        {
            // The counters stay as the last commit left them and `verify` reports the session as unfinished.
            SessionFailed(_logger, _store.Location, error);
        }

        _spool.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var batch = new List<Pending>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var pending))
            {
                batch.Add(pending);
            }

            await WriteAsync(batch);
            batch.ForEach(pending => pending.Settled.SetResult());
            Close(batch.Count);
            batch.Clear();
        }
    }

    private void Close(int count)
    {
        if (Interlocked.Add(ref _open, -count) == 0)
        {
            _drained.SetResult();
        }
    }

    private async Task WriteAsync(List<Pending> batch)
    {
        if (await TryStoreAsync(batch))
        {
            return;
        }

        // One exchange that the log refuses must not take the others to the spool with it.
        foreach (var pending in batch)
        {
            if (batch.Count == 1 || !await TryStoreAsync([pending]))
            {
                SpoolOrDrop(pending.Exchange);
            }
        }
    }

    private async Task<bool> TryStoreAsync(List<Pending> batch)
    {
        try
        {
            await _store.AppendAsync(batch.ConvertAll(pending => pending.Exchange), [Session(stoppedAt: null)]);
            Interlocked.Add(ref _recorded, batch.Count);
            Volatile.Write(ref _lastFailure, null);
            batch.ForEach(pending => Recorded?.Invoke(pending.Exchange));
            return true;
        }
        catch (Exception error)
        {
            // Whatever it is, the answer is the same: the exchange goes to the spool, and the failure is shown.
            Volatile.Write(ref _lastFailure, error.Message);
            StoreFailed(_logger, batch.Count, error);
            return false;
        }
    }

    private void SpoolOrDrop(Exchange exchange)
    {
        try
        {
            _spool.Append(exchange);
            Interlocked.Increment(ref _spooled);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Interlocked.Increment(ref _dropped);
            Volatile.Write(ref _lastFailure, $"the log and the spool both failed: {error.Message}");
            Dropped(_logger, exchange.Id, error);
        }
    }

    private GatewaySession Session(DateTimeOffset? stoppedAt)
    {
        var counts = Counts;
        return new()
        {
            Id = SessionId,
            StartedAt = _startedAt,
            StoppedAt = stoppedAt,
            Durability = _durability.ToString().ToLowerInvariant(),
            Forwarded = counts.Forwarded,
            Spooled = counts.Spooled,
            Drops = counts.Dropped == 0 ? new Dictionary<string, long>() : new Dictionary<string, long> { ["spool_failed"] = counts.Dropped },
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "the log could not take {Count} exchanges")]
    private static partial void StoreFailed(ILogger logger, int count, Exception error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "exchange {Id} is lost: neither log nor spool could take it")]
    private static partial void Dropped(ILogger logger, string id, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "the log {Location} could not take the session's final counters")]
    private static partial void SessionFailed(ILogger logger, string location, Exception error);

    private sealed record Pending(Exchange Exchange)
    {
        public TaskCompletionSource Settled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
