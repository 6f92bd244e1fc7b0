using Tda.Gateway.Spool;

namespace Tda.Gateway.Recording;

/// <summary>
/// Notices when the files that a run writes to are removed, or others put in their place, while it runs: the system lets it go on writing to
/// what nobody will ever read.
/// </summary>
internal sealed class HomeWatch
{
    private readonly Watched? _log;
    private readonly Watched _spool;

    /// <param name="log">The log's file; one on a server is none, and is null.</param>
    /// <param name="spoolLock">A file of this run's spool.</param>
    public HomeWatch(string? log, string spoolLock)
    {
        _log = log is null ? null : new(log, LibC.Identity(log));
        _spool = new(spoolLock, LibC.Identity(spoolLock));
    }

    /// <summary>What became of the log; null when it is there.</summary>
    public string? LogGone => _log is { IsThere: false }
        ? $"{_log.Path} was moved or removed while the gateway writes to it: put it back, or restart the gateway, which begins another; what comes now waits in the spool"
        : null;

    /// <summary>What became of the spool; null when it is there.</summary>
    public string? SpoolGone => _spool.IsThere ? null
        : $"{System.IO.Path.GetDirectoryName(_spool.Path)} was moved or removed while the gateway writes to it: put it back, or restart the gateway; what was waiting there is lost otherwise";

    private sealed record Watched(string Path, (ulong Device, ulong Inode)? Identity)
    {
        public bool IsThere => Identity is null || LibC.Identity(Path) == Identity;
    }
}
