using Microsoft.Extensions.Logging;
using Tda.Gateway.Protocols;
using Tda.Gateway.Spool;

namespace Tda.Gateway.Recording;

/// <summary>Parses exchanges from the spool and puts them into the store. An exchange that is there already is not doubled.</summary>
/// <param name="store">Where they go.</param>
/// <param name="rejectedDirectory">Where the records of those go that the store refuses.</param>
/// <param name="mostParsed">The memory that those may take which are parsed at a time; one alone may take more.</param>
/// <param name="recorded">Is told of each that the store has.</param>
/// <param name="gone">Says that the store's file was removed; null while it is there.</param>
/// <param name="logger">Is told of each that it refused.</param>
internal sealed partial class ExchangeSink(
    IExchangeStore store, string rejectedDirectory, long mostParsed, Action<Exchange> recorded, Func<string?> gone, ILogger logger)
{
    private const string Extension = ".json";

    /// <summary>Where records go that can't be stored, and segments that are damaged.</summary>
    public string RejectedDirectory => rejectedDirectory;

    /// <summary>Returns once the disk has all that was stored: then the spool's copy may go.</summary>
    public Task SyncAsync() => store.SyncAsync();

    /// <summary>Stores the first of a batch with a session's counters, as many as there is memory for, and takes them out of it.</summary>
    /// <returns>How many exchanges the store refused for what they are; their records are in the rejected folder.</returns>
    /// <exception cref="Exception">The store can't be written: the batch is as it was, try again later.</exception>
    public async Task<int> StoreAsync(List<SpooledExchange> batch, GatewaySession? session)
    {
        var parsed = ParseFirst(batch);
        var refused = await StoreAsync(parsed, session);
        batch.RemoveRange(0, parsed.Count);
        return refused;
    }

    private async Task<int> StoreAsync(List<Exchange> parsed, GatewaySession? session)
    {
        if (gone() is { } lost)
        {
            throw new TdaException(lost);
        }

        IReadOnlyList<GatewaySession> sessions = session is null ? [] : [session];
        try
        {
            await store.AppendAsync(parsed, sessions);
            parsed.ForEach(recorded);
            return 0;
        }
        catch (Exception error) when (parsed.Count > 0 && StoreRefusal.IsRefusal(error))
        {
            // One of them the store does not take: alone, each of the others gets in.
            List<Exchange> stored = [];
            foreach (var exchange in parsed)
            {
                if (await TryAloneAsync(exchange))
                {
                    stored.Add(exchange);
                }
            }

            if (session is not null)
            {
                await store.AppendAsync([], sessions);
            }

            stored.ForEach(recorded);
            return parsed.Count - stored.Count;
        }
    }

    /// <summary>How many exchanges of a gateway run are in the rejected folder and not in the store.</summary>
    public async Task<int> RefusedOfAsync(string sessionId)
    {
        var refused = 0;
        foreach (var file in Directory.Exists(rejectedDirectory) ? Directory.EnumerateFiles(rejectedDirectory, "*" + Extension) : [])
        {
            if (SessionOf(file) == sessionId && await store.GetAsync(Path.GetFileNameWithoutExtension(file)) is null)
            {
                refused++;
            }
        }

        return refused;
    }

    private List<Exchange> ParseFirst(List<SpooledExchange> batch)
    {
        var parsed = new List<Exchange>(batch.Count);
        var start = GC.GetAllocatedBytesForCurrentThread();
        foreach (var spooled in batch)
        {
            if (GC.GetAllocatedBytesForCurrentThread() - start > mostParsed)
            {
                break;
            }

            parsed.Add(Parse(spooled));
        }

        return parsed;
    }

    /// <summary>Fills in what the bodies say; never throws for what client or upstream sent.</summary>
    private static Exchange Parse(SpooledExchange spooled)
    {
        var parsed = ExchangeParser.Apply(spooled.Exchange, out var firstContent);
        return parsed with { FirstTokenMs = spooled.Arrivals.At(firstContent ?? 0) is { } microseconds ? microseconds / 1000.0 : null };
    }

    private static string? SessionOf(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize<RejectedExchange>(stream, JsonDefaults.Options)?.SessionId;
        }
        catch (JsonException)
        {
            // Somebody's file, or one changed by hand: no exchange of this session.
            return null;
        }
    }

    private async Task<bool> TryAloneAsync(Exchange exchange)
    {
        try
        {
            await store.AppendAsync([exchange], []);
            return true;
        }
        catch (Exception error) when (StoreRefusal.IsRefusal(error))
        {
            Directory.CreateDirectory(rejectedDirectory);
            AtomicFile.WriteJson(Path.Combine(rejectedDirectory, exchange.Id + Extension), exchange);
            Refused(logger, exchange.Id, rejectedDirectory, error);
            return false;
        }
    }

    /// <summary>What is asked of a record in the rejected folder.</summary>
    private sealed record RejectedExchange(string? SessionId);

    [LoggerMessage(Level = LogLevel.Critical, Message = "the store refused exchange {Id}; its record is in {Directory}")]
    private static partial void Refused(ILogger logger, string id, string directory, Exception error);
}
