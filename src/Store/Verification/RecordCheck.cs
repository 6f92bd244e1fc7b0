using Tda.Store.Sql;

namespace Tda.Store.Verification;

/// <summary>Takes a log's exchanges in the record's order, checks each, and walks each gateway run.</summary>
internal sealed class RecordCheck(IExchangeReader store, VerificationOptions options, IReadOnlyList<GatewaySession> sessions)
{
    private readonly Dictionary<string, GatewaySession> _sessions = sessions.ToDictionary(session => session.Id);
    private readonly Dictionary<string, SessionWalk> _walks = [];
    private readonly ILookup<string, ChainHead> _anchors = options.Against.ToLookup(head => head.Session);
    private readonly FaultList _faults = new();

    public long Exchanges { get; private set; }

    public async Task TakeAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        Exchanges++;
        BodyCheck.Check(exchange, _faults);
        if (options.Reparse?.Invoke(exchange) is { } parsed)
        {
            ParsedCheck.Check(exchange, parsed, _faults);
        }

        if (exchange.SessionId is { } id)
        {
            (await WalkAsync(id, cancellationToken)).Take(exchange);
        }
    }

    public async Task<ExchangeVerification> EndAsync(CancellationToken cancellationToken)
    {
        foreach (var session in sessions)
        {
            await WalkAsync(session.Id, cancellationToken);
        }

        await NameStrangersAsync(cancellationToken);
        foreach (var (id, walk) in _walks)
        {
            walk.End();
            foreach (var anchor in _anchors[id].Where(anchor => !walk.Passed(anchor.Sequence)))
            {
                _faults.Add(id, $"its history was cut: the log ended at number {anchor.Sequence} or later, and that is not in it any more");
            }
        }

        foreach (var anchor in options.Against.Where(anchor => !_walks.ContainsKey(anchor.Session)))
        {
            _faults.Add(anchor.Session, "its history was removed: an earlier verification saw this gateway run");
        }

        var walks = sessions.Select(session => _walks[session.Id]).ToList();
        return new()
        {
            Exchanges = Exchanges,
            Sessions = sessions.Count,
            Forwarded = sessions.Sum(session => session.Forwarded),
            Recorded = walks.Sum(walk => walk.Recorded),
            Erased = walks.Sum(walk => walk.Erased),
            Pruned = walks.Sum(walk => walk.Pruned),
            Spooled = walks.Sum(walk => walk.Pending),
            Dropped = sessions.Sum(session => session.Dropped),
            Drops = sessions.SelectMany(session => session.Drops)
                .GroupBy(drop => drop.Key, drop => drop.Value, StringComparer.Ordinal)
                .ToDictionary(cause => cause.Key, cause => cause.Sum()),
            Unfinished = walks.Sum(walk => walk.Unfinished),
            Faults = _faults.Kept,
            FaultsLeftOut = _faults.LeftOut,
            Heads = [.. _walks.Values.Select(walk => walk.Head).OfType<ChainHead>()],
        };
    }

    private async Task<SessionWalk> WalkAsync(string id, CancellationToken cancellationToken)
    {
        if (!_walks.TryGetValue(id, out var walk))
        {
            var remains = await store.RemainsAsync(id, cancellationToken);
            var pending = options.Pending.GetValueOrDefault(id);
            _walks[id] = walk = new(
                id, _sessions.GetValueOrDefault(id), options.Running?.Contains(id) ?? true, remains, pending, [.. _anchors[id]], _faults);
        }

        return walk;
    }

    // A run that began while we read is not in our list; one that is in no list was removed.
    private async Task NameStrangersAsync(CancellationToken cancellationToken)
    {
        if (_walks.Values.Any(walk => walk.Head is not null) && _walks.Count > sessions.Count)
        {
            var now = (await store.SessionsAsync(cancellationToken)).Select(session => session.Id).ToHashSet();
            foreach (var (id, _) in _walks.Where(walk => walk.Value.Head is not null && !now.Contains(walk.Key)))
            {
                _faults.Add(id, "the log has numbered exchanges of this gateway run, but not the run's counters");
            }
        }
    }
}

/// <summary>A body against its length and hash.</summary>
internal static class BodyCheck
{
    public static void Check(Exchange exchange, FaultList faults)
    {
        Check(exchange.Id, "request", exchange.RequestBody, faults);
        Check(exchange.Id, "response", exchange.ResponseBody, faults);
    }

    private static void Check(string id, string part, RecordedBody body, FaultList faults)
    {
        var there = body.Bytes.LongLength;
        if (there != body.KeptBytes)
        {
            faults.Add(
                id,
                there == 0
                    ? $"the {part}'s body is missing from the log"
                    : $"the {part}'s body has {there} bytes, and {body.KeptBytes} were recorded");
        }
        else if (!body.Unpacked && body.Length < there)
        {
            faults.Add(id, $"the {part}'s body has {there} bytes, more than the {body.Length} that went over the wire");
        }
        else if ((!body.Truncated || body.Redactions > 0) && Hashing.Sha256(body.Bytes) != body.Sha256)
        {
            faults.Add(id, $"the {part}'s body does not match its SHA-256 {body.Sha256}");
        }
    }
}

/// <summary>What is stored as parsed against what the bodies say.</summary>
internal static class ParsedCheck
{
    private static readonly (string Name, Func<Exchange, object?> Value)[] Parts =
    [
        ("model", exchange => StoredText.Of(exchange.Model)),
        ("prompt", exchange => StoredText.Of(exchange.Prompt)),
        ("messages", exchange => StoredText.Json(exchange.Messages)),
        ("response", exchange => StoredText.Of(exchange.Response)),
        ("reasoning", exchange => StoredText.Of(exchange.Reasoning)),
        ("tool calls", exchange => StoredText.Of(exchange.ToolCalls)),
        ("finish reason", exchange => StoredText.Of(exchange.FinishReason)),
        ("log-probabilities", exchange => StoredText.Json(exchange.Logprobs)),
        ("usage", exchange => exchange.Usage ?? new(null, null, null)),
    ];

    public static void Check(Exchange stored, Exchange parsed, FaultList faults)
    {
        if (Array.Find(Parts, part => !Equals(part.Value(stored), part.Value(parsed))) is { Name: { } name })
        {
            faults.Add(stored.Id, $"its {name} is not what its bodies say");
        }
    }
}
