namespace Tda.Store.Verification;

/// <summary>
/// Walks one gateway run's record by sequence number: what is there, erased, pruned, pending or missing, and the chain through it.
/// </summary>
internal sealed class SessionWalk(
    string id,
    GatewaySession? session,
    bool mayRun,
    SessionRemains remains,
    PendingRange? pending,
    IReadOnlyList<ChainHead> anchors,
    FaultList faults)
{
    private readonly Dictionary<long, Tombstone> _tombstones =
        remains.Tombstones.Where(tombstone => tombstone.Sequence is not null).ToDictionary(tombstone => tombstone.Sequence!.Value);

    private long _next = 1;
    private long _lost;

    // Numbers that may be missing, since the store refused their exchanges and that was declared.
    private long _refused = session?.Refused ?? 0;
    private int _range;

    // Null where the chain can't be followed: after a gap, or before the first link that is known.
    private byte[]? _link = ExchangeChain.Start(id);

    public long Recorded { get; private set; }

    public long Erased { get; private set; } = remains.Tombstones.LongCount(tombstone => tombstone.Sequence is null);

    public long Pruned { get; private set; } = remains.PrunedUnnumbered;

    public long Pending { get; private set; }

    public long Unfinished { get; private set; }

    public ChainHead? Head { get; private set; }

    // A run that was killed has no end either: how many requests it had under way then, nobody knows.
    private bool HasNoEnd => session?.StoppedAt is null;

    /// <summary>Takes the run's exchanges in the order of their numbers, then those without.</summary>
    public void Take(Exchange exchange)
    {
        Recorded++;
        if (exchange.Sequence is not { } sequence)
        {
            return;
        }

        Fill(sequence - 1);
        if (sequence < _next)
        {
            faults.Add(exchange.Id, $"is in the log, but number {sequence} of gateway run {id} is also said to be erased or pruned");
            return;
        }

        var computed = _link is null ? null : ExchangeChain.Next(_link, ExchangeEnvelope.Digest(exchange));
        var stored = Parse(exchange.Chain);
        if (stored is null && (exchange.Chain ?? session?.ChainHead) is not null)
        {
            faults.Add(exchange.Id, $"has no link of the hash chain of gateway run {id}");
        }
        else if (stored is not null && computed is not null && !stored.AsSpan().SequenceEqual(computed))
        {
            faults.Add(
                exchange.Id, $"breaks the hash chain of gateway run {id} at number {sequence}: it, or the link before it, was changed");
        }

        // On with what is stored, so that each fault names a change of its own.
        Reach(sequence, stored ?? computed);
    }

    /// <summary>Looks at what comes after the last exchange, and at the run's counters.</summary>
    public void End()
    {
        if (session is null)
        {
            return;
        }

        var numbered = _next > 1 || session.ChainHead is not null || pending is not null;
        if (!numbered)
        {
            // Written before exchanges had numbers: the counter says how many wait.
            Pending = session.Spooled;
            Balance(session.Forwarded - Recorded - Erased - Pruned - Pending - session.Dropped);
            return;
        }

        Fill(session.Spooled);
        Balance(session.Forwarded - Math.Max(session.Spooled, _next - 1) - (session.Dropped - session.Refused));
    }

    private static byte[]? Parse(string? hex) =>
        hex is { Length: 2 * ExchangeChain.Size } && hex.All(char.IsAsciiHexDigitLower) ? Convert.FromHexString(hex) : null;

    private void Balance(long missing)
    {
        if (HasNoEnd)
        {
            Unfinished += Math.Max(0, missing); // the counters are older than the exchanges read
        }
        else if (missing != 0)
        {
            faults.Add(
                id,
                $"forwarded {session!.Forwarded}, but recorded {Recorded} + erased {Erased} + pruned {Pruned} + spooled {Pending} "
                + $"+ dropped {session.Dropped} + missing {_lost} are {session.Forwarded - missing}");
        }
    }

    private void Fill(long last)
    {
        while (_next <= last)
        {
            while (_range < remains.Pruned.Count && remains.Pruned[_range].Last < _next)
            {
                _range++;
            }

            if (_tombstones.TryGetValue(_next, out var tombstone))
            {
                var digest = Parse(tombstone.Digest);
                Erased++;
                Reach(_next, _link is null || digest is null ? null : ExchangeChain.Next(_link, digest));
            }
            else if (_range < remains.Pruned.Count && remains.Pruned[_range].First <= _next)
            {
                var range = remains.Pruned[_range];
                Pruned += range.Last - _next + 1;
                Reach(range.Last, Parse(range.Chain));
            }
            else if (pending is not null && pending.From <= _next && _next <= pending.To)
            {
                var end = Math.Min(last, pending.To);
                Pending += end - _next + 1;
                (_next, _link) = (end + 1, null);
            }
            else
            {
                Miss(last);
            }
        }
    }

    private void Miss(long last)
    {
        var first = _next;
        var known = _tombstones.Keys.Where(sequence => sequence > first)
            .Append(_range < remains.Pruned.Count ? remains.Pruned[_range].First : long.MaxValue)
            .Append(pending is not null && pending.From > first ? pending.From : long.MaxValue).Min();
        var end = Math.Min(last, known - 1);
        (_next, _link) = (end + 1, null);
        var missing = end - first + 1;
        var declared = Math.Min(missing, _refused);
        _refused -= declared;
        missing -= declared;
        if (missing == 0)
        {
            return;
        }

        if (known > last && HasNoEnd && mayRun && last == session?.Spooled)
        {
            Unfinished += missing; // the end of a run that goes on, or was killed, and whose spool brings them
            return;
        }

        _lost += missing;
        faults.Add(id, first == end ? $"number {first} is missing from the log" : $"numbers {first} to {end} are missing from the log");
    }

    private void Reach(long sequence, byte[]? link)
    {
        (_next, _link) = (sequence + 1, link);
        if (link is null)
        {
            return;
        }

        Head = new(id, sequence, Convert.ToHexStringLower(link));
        if (session?.ChainHead is { } head && session.Spooled == sequence && head != Head.Chain)
        {
            faults.Add(id, $"its hash chain ends in another link than the gateway wrote: number {sequence} or the head was changed");
        }

        foreach (var anchor in anchors.Where(anchor => anchor.Sequence == sequence && anchor.Chain != Head.Chain))
        {
            faults.Add(id, $"its history was rewritten: the chain at number {anchor.Sequence} was {anchor.Chain} and is {Head.Chain}");
        }
    }

    /// <summary>Whether the walk came past a number, so that an earlier head was compared or lies in what was pruned.</summary>
    public bool Passed(long sequence) => sequence < _next;
}
