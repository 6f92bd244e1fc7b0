using Microsoft.Extensions.Logging;

namespace Tda.Gateway.Configuration;

/// <summary>
/// Takes changes of the configuration while the gateway runs: 1. looks at the file every second, or at once when asked;
/// 2. waits until two looks show the same, since a file may be half written; 3. checks all of it; 4. puts it in force for
/// the requests that begin from then on, or keeps what was, says what is wrong, and tries again: a key's file may come after the
/// configuration that names it.
/// </summary>
/// <remarks>Looking, rather than being told by the system, sees every way a file is replaced (rename, link, network disk) alike.</remarks>
internal sealed partial class ConfigurationReload : IAsyncDisposable
{
    private const string Unreadable = "unreadable";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly GatewayConfiguration _source;
    private readonly LiveOptions _live;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _turn = new();
    private string? _seen;
    private string? _taken;
    private ConfigurationStatus _status;

    public ConfigurationReload(GatewayConfiguration source, LiveOptions live, TimeProvider time, ILogger logger)
    {
        _source = source;
        _live = live;
        _time = time;
        _logger = logger;
        _status = new() { File = source.File };

        // The file may have changed since the options were read from it: what differs is taken at the first looks.
        _timer = time.CreateTimer(static reload => ((ConfigurationReload)reload!).Look(), this, Interval, Interval);
    }

    /// <summary>What came of the last change.</summary>
    public ConfigurationStatus Status => Volatile.Read(ref _status);

    /// <summary>Takes the file as it is now, without waiting for a second look.</summary>
    public void Now()
    {
        lock (_turn)
        {
            try
            {
                Take();
            }
            catch (Exception error)
            {
                Fail(error);
            }
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        if (!_turn.TryEnter())
        {
            return;
        }

        try
        {
            var now = _source.Fingerprint() ?? Unreadable;
            if (now == _seen && (now != _taken || Status.Error is not null))
            {
                Take();
            }

            _seen = now;
        }
        catch (Exception error)
        {
            Fail(error);
        }
        finally
        {
            _turn.Exit();
        }
    }

    private void Take()
    {
        var read = _source.Read();
        _taken = read.Fingerprint ?? Unreadable;
        if (read.Options is null)
        {
            Reject(read.Errors);
            return;
        }

        // What is in force has the values of the start where only a restart takes others: those are named until it comes.
        var change = ConfigChange.Between(_live.Current, read.Options);
        var restart = change.NeedsRestart;
        if (change.Options.Errors() is { Count: > 0 } errors)
        {
            Reject(
            [
                $"does not go together with {string.Join(", ", restart)} as it was at the start, which only a restart changes",
                .. errors.Select(error => error.ToString()),
            ]);
            return;
        }

        var changedAt = change.Changed.Count > 0 ? _time.GetUtcNow() : Status.ChangedAt;
        if (change.Changed.Count > 0)
        {
            _live.Replace(change.Options);
            Changed(_logger, string.Join(", ", change.Changed));
        }

        if (restart.Count > 0 && !restart.SequenceEqual(Status.NeedsRestart))
        {
            RestartNeeded(_logger, string.Join(", ", restart));
        }

        Volatile.Write(ref _status, Status with { ChangedAt = changedAt, Error = null, NeedsRestart = restart });
    }

    /// <summary>Whatever it is, an edit of a file must not end the process: it is told like any other error of the file, once.</summary>
    private void Fail(Exception error)
    {
        _taken = _seen;
        Reject([$"the configuration can't be read: {error.Message}"]);
    }

    private void Reject(IReadOnlyList<string> errors)
    {
        var error = string.Join('\n', errors);
        if (error != Status.Error)
        {
            Volatile.Write(ref _status, Status with { Error = error });
            Rejected(_logger, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "configuration changed: {Members}")]
    private static partial void Changed(ILogger logger, string members);

    [LoggerMessage(Level = LogLevel.Warning, Message = "configuration: only a restart takes the change of {Members}")]
    private static partial void RestartNeeded(ILogger logger, string members);

    [LoggerMessage(Level = LogLevel.Error, Message = "the changed configuration can't be used, and the one before stays in force:\n{Errors}")]
    private static partial void Rejected(ILogger logger, string errors);
}

/// <summary>How the configuration in force came about.</summary>
public sealed record ConfigurationStatus
{
    /// <summary>The file; null when there is none.</summary>
    public string? File { get; init; }

    /// <summary>When the options in force were taken; null when they are those of the start.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Everything that is wrong with the file now, while the options before stay in force; null when nothing is.</summary>
    public string? Error { get; init; }

    /// <summary>Options that the file changes and that only a restart takes, e.g. <c>listen</c>.</summary>
    public IReadOnlyList<string> NeedsRestart { get; init; } = [];
}

/// <summary>The options in force. A request reads them once, at its start, so that a change never splits it.</summary>
internal sealed class LiveOptions(GatewayOptions initial)
{
    private GatewayOptions _current = initial;

    public GatewayOptions Current => Volatile.Read(ref _current);

    /// <summary>Puts checked options in force.</summary>
    public void Replace(GatewayOptions options) => Volatile.Write(ref _current, options);
}
