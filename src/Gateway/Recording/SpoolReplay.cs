using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tda.Gateway.Spool;
using Tda.Store;

namespace Tda.Gateway.Recording;

/// <summary>Brings orphaned spools into the store without a gateway: what `tda exchanges verify` does first.</summary>
public static class SpoolReplay
{
    /// <summary>Replays the spool of every gateway run that is over; those of running ones are left alone.</summary>
    /// <param name="store">Takes the exchanges.</param>
    /// <param name="root">The home's spool folder.</param>
    /// <param name="logger">Is told what was found, if wanted.</param>
    /// <param name="cancellationToken">Stops it between two runs.</param>
    /// <exception cref="Core.Errors.TdaException">The store can't be written; the spool is as it was.</exception>
    /// <exception cref="IOException">The spool can't be read.</exception>
    public static SpoolReplayResult Run(IExchangeStore store, string root, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        var log = logger ?? NullLogger.Instance;
        var recovery = new SpoolRecovery(
            new ExchangeSink(store, Path.Combine(root, SpoolDirectory.RejectedName), static _ => { }, log), root, new SpoolUsage(0), log);
        var sessions = recovery.Left;
        try
        {
            while (recovery.Left > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                recovery.RecoverNext();
            }
        }
        finally
        {
            recovery.Release();
        }

        return new(sessions, recovery.Recovered, recovery.Faults);
    }
}
