using Tda.Core.Artifacts;
using Tda.Core.Exchanges;
using Tda.Core.Progress;

namespace Tda.Core.Store;

/// <summary>Checks a log: every body against its hash, and that what was forwarded was recorded.</summary>
public static class ExchangeVerifier
{
    /// <summary>Reads the whole log, one exchange in memory at a time.</summary>
    public static async Task<ExchangeVerification> VerifyAsync(
        IExchangeStore store,
        IProgressSink? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var faults = new List<VerificationFault>();

        // 1. Sessions before exchanges: an exchange recorded while we read must not look like one too many.
        var sessions = await store.SessionsAsync(cancellationToken);
        var recorded = await store.CountBySessionAsync(cancellationToken);
        var unfinished = sessions.Sum(session => CheckSession(session, recorded.GetValueOrDefault(session.Id), faults));

        // 2. Bodies.
        var total = (await store.CountAsync(ExchangeFilter.All, cancellationToken)).Total;
        using var task = (progress ?? NullProgress.Instance).Start("Verifying exchanges", total, "exchanges");
        long read = 0;
        await foreach (var summary in store.ListAsync(ExchangeFilter.All with { OldestFirst = true }, cancellationToken))
        {
            if (await store.GetAsync(summary.Id, cancellationToken) is { } exchange)
            {
                CheckBody(exchange.Id, "request", exchange.RequestBody, faults);
                CheckBody(exchange.Id, "response", exchange.ResponseBody, faults);
            }
            else
            {
                faults.Add(new(summary.Id, "its body is missing from the log"));
            }

            task.Report(++read);
        }

        return new()
        {
            Exchanges = read,
            Sessions = sessions.Count,
            Forwarded = sessions.Sum(s => s.Forwarded),
            Recorded = sessions.Sum(s => recorded.GetValueOrDefault(s.Id)),
            Spooled = sessions.Sum(s => Math.Max(0, s.Spooled - recorded.GetValueOrDefault(s.Id))),
            Dropped = sessions.Sum(s => s.Dropped),
            Unfinished = unfinished,
            Faults = faults,
        };
    }

    /// <summary>Adds a fault when a stopped session's counters do not add up; else returns its unfinished requests.</summary>
    private static long CheckSession(GatewaySession session, long recorded, List<VerificationFault> faults)
    {
        var missing = session.Forwarded - Math.Max(recorded, session.Spooled) - session.Dropped;
        if (session.StoppedAt is null && missing >= 0)
        {
            return missing;
        }

        // Sessions are read before the counts: a running one may have recorded more since then, a stopped one can't.
        if (missing != 0 && session.StoppedAt is not null)
        {
            faults.Add(new(
                session.Id,
                $"forwarded {session.Forwarded}, but recorded {recorded} + spooled {session.Spooled} + dropped {session.Dropped} are {session.Forwarded - missing}"));
        }

        return 0;
    }

    private static void CheckBody(string id, string part, RecordedBody body, List<VerificationFault> faults)
    {
        if (body.Length < body.Bytes.LongLength)
        {
            faults.Add(new(id, $"the {part}'s body has {body.Bytes.LongLength} bytes, more than the {body.Length} that went over the wire"));
        }
        else if (!body.Truncated && Hashing.Sha256(body.Bytes) != body.Sha256)
        {
            faults.Add(new(id, $"the {part}'s body does not match its SHA-256 {body.Sha256}"));
        }
    }
}
