using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tda.Gateway.Capture;
using Tda.Gateway.Spool;

namespace Tda.Gateway.Recording;

/// <summary>Brings into the store what gateways left in the spool that were killed, or stopped while the store was down.</summary>
internal sealed partial class SpoolRecovery
{
    private readonly ExchangeSink _sink;
    private readonly SpoolUsage _usage;
    private readonly ILogger _logger;
    private readonly Queue<SpoolDirectory> _orphans;

    public SpoolRecovery(ExchangeSink sink, string root, SpoolUsage usage, ILogger logger)
    {
        _sink = sink;
        _usage = usage;
        _logger = logger;
        _orphans = new(SpoolDirectory.TakeOrphans(root));
        foreach (var orphan in _orphans)
        {
            usage.Count(SizeOf(orphan));
        }
    }

    /// <summary>Sessions still to be recovered.</summary>
    public int Left => _orphans.Count;

    public List<SpoolFault> Faults { get; } = [];

    public long Recovered { get; private set; }

    /// <summary>Recovers the next session.</summary>
    /// <exception cref="Exception">The store can't be written; the spool is as it was, call again later.</exception>
    public async Task RecoverNextAsync()
    {
        var orphan = _orphans.Peek();
        var size = SizeOf(orphan);
        var faults = await RecoverAsync(orphan);
        Faults.AddRange(faults);
        await _sink.SyncAsync();
        Discard(orphan, faults.Where(fault => !fault.Torn).Select(fault => fault.Path).ToHashSet());
        _usage.Remove(size);
        _orphans.Dequeue();
    }

    /// <summary>Lets go of what was not recovered; the next start takes it up.</summary>
    public void Release()
    {
        while (_orphans.TryDequeue(out var orphan))
        {
            orphan.Dispose();
        }
    }

    private static long SizeOf(SpoolDirectory directory) =>
        SpoolDirectory.Segments(directory.Path).Sum(number => new FileInfo(directory.SegmentPath(number)).Length);

    private async Task<IReadOnlyList<SpoolFault>> RecoverAsync(SpoolDirectory orphan)
    {
        using var reader = new SpoolReader(orphan.Path, collectPartials: true);
        var batch = new List<SpooledExchange>();
        long count = 0;
        for (reader.Read(SpoolPosition.End, batch); batch.Count > 0; reader.Read(SpoolPosition.End, batch))
        {
            count += batch.Count;
            await StoreAsync(batch);
        }

        // Those are read one by one: together they may be more than there is memory for.
        var unsettled = 0;
        var end = (reader.Head.Sequence, reader.Head.Chain);
        foreach (var exchange in reader.Unsettled())
        {
            batch.Add(exchange);
            unsettled++;
            end = (exchange.Exchange.Sequence!.Value, exchange.Exchange.Chain);
            if (SpoolReader.IsFull(batch))
            {
                await StoreAsync(batch);
            }
        }

        await StoreAsync(batch);

        // Only now it is known which of them the store refused.
        if (await SessionAsync(orphan, reader.Session, end) is { } session)
        {
            await _sink.StoreAsync([], session);
        }

        Recovered += count + unsettled;
        Done(_logger, orphan.Session, count, unsettled, reader.Faults.Count);
        return reader.Faults;
    }

    private async Task StoreAsync(List<SpooledExchange> batch)
    {
        while (batch.Count > 0)
        {
            await _sink.StoreAsync(batch, session: null);
        }
    }

    /// <summary>The session as it ended: its counters as last spooled, and at least what the record itself shows.</summary>
    private async Task<GatewaySession?> SessionAsync(SpoolDirectory orphan, GatewaySession? last, (long Sequence, string? Chain) end)
    {
        if (last is null && end.Sequence == 0)
        {
            return null;
        }

        var session = last ?? new() { Id = orphan.Session.ToString(), StartedAt = default, Durability = "unknown" };
        var drops = session.Drops.ToDictionary();
        var unspooled = session.Drops.Where(drop => drop.Key != GatewaySession.RefusedCause).Sum(drop => drop.Value);
        if (await _sink.RefusedOfAsync(session.Id) is var refused and > 0)
        {
            drops[GatewaySession.RefusedCause] = Math.Max(refused, drops.GetValueOrDefault(GatewaySession.RefusedCause));
        }

        return session with
        {
            Spooled = end.Sequence,
            ChainHead = end.Chain,
            Drops = drops,
            Forwarded = Math.Max(session.Forwarded, end.Sequence + unspooled),
        };
    }

    /// <summary>
    /// Removes a session's folder; damaged segments are kept for people. Killed on the way, it leaves the folder whole or as
    /// done with, never a part that would be recovered once more and numbered anew.
    /// </summary>
    private void Discard(SpoolDirectory orphan, HashSet<string> damaged)
    {
        foreach (var path in damaged.Where(File.Exists))
        {
            Directory.CreateDirectory(_sink.RejectedDirectory);
            var kept = Path.Combine(_sink.RejectedDirectory, $"{orphan.Session}-{Path.GetFileName(path)}");
            File.Copy(path, kept + ".part", overwrite: true);
            File.Move(kept + ".part", kept, overwrite: true);
        }

        orphan.RemoveWhole();
        orphan.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "recovered session {Session}: {Count} exchanges, {Unsettled} unsettled, {Faults} damaged places")]
    private static partial void Done(ILogger logger, Guid session, long count, int unsettled, int faults);
}

/// <summary>Brings orphaned spools into the store without a gateway: what `tda exchanges verify` does first.</summary>
public static class SpoolReplay
{
    /// <summary>Replays the spool of every gateway run that is over; those of running ones are left alone.</summary>
    /// <param name="store">Takes the exchanges.</param>
    /// <param name="root">The home's spool folder.</param>
    /// <param name="logger">Is told what was found, if wanted.</param>
    /// <param name="cancellationToken">Stops it between two runs.</param>
    /// <exception cref="TdaException">The store can't be written; the spool is as it was.</exception>
    /// <exception cref="IOException">The spool can't be read.</exception>
    public static async Task<SpoolReplayResult> RunAsync(
        IExchangeStore store, string root, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        var log = logger ?? NullLogger.Instance;
        var memory = new MemoryBudget(MemoryBudget.OfThisProcess);
        var sink = new ExchangeSink(store, Path.Combine(root, SpoolDirectory.RejectedName), memory.MostParsed, static _ => { }, static () => null, log);
        var recovery = new SpoolRecovery(sink, root, new SpoolUsage(() => 0), log);
        var sessions = recovery.Left;
        try
        {
            while (recovery.Left > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await recovery.RecoverNextAsync();
            }
        }
        finally
        {
            recovery.Release();
        }

        return new(sessions, recovery.Recovered, recovery.Faults);
    }
}

/// <summary>What a replay of the spool did.</summary>
/// <param name="Sessions">Gateway runs whose spool was brought into the store.</param>
/// <param name="Exchanges">Exchanges in it; those that the store had already are not doubled.</param>
/// <param name="Faults">Damaged places; the segments are in the spool's <c>rejected</c> folder. A torn end is no loss.</param>
public sealed record SpoolReplayResult(int Sessions, long Exchanges, IReadOnlyList<SpoolFault> Faults);
