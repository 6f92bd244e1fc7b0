namespace Tda.Store.Verification;

/// <summary>
/// Checks a log: every body against its hash, every gateway run's record for gaps and against its hash chain, and that what
/// was forwarded was recorded.
/// </summary>
public static class ExchangeVerifier
{
    /// <summary>Reads the whole log, some megabytes at a time.</summary>
    public static async Task<ExchangeVerification> VerifyAsync(
        IExchangeReader store,
        VerificationOptions? options = null,
        IProgressSink? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();

        // 1. Sessions before exchanges: an exchange recorded while we read must not look like one too many.
        var check = new RecordCheck(store, options, await store.SessionsAsync(cancellationToken));

        // 2. Exchanges, session by session.
        var total = (await store.CountAsync(ExchangeFilter.All, cancellationToken)).Total;
        using var task = (progress ?? NullProgress.Instance).Start("Verifying exchanges", total, "exchanges");
        await foreach (var exchange in store.ReadRecordAsync(cancellationToken))
        {
            await check.TakeAsync(exchange, cancellationToken);
            task.Report(check.Exchanges);
        }

        // 3. What each session's counters say, and what an earlier verification saw.
        return await check.EndAsync(cancellationToken);
    }
}

/// <summary>What a verification takes into account beside the log.</summary>
public sealed record VerificationOptions
{
    /// <summary>What still waits in spools, by gateway run. Default none.</summary>
    public IReadOnlyDictionary<string, PendingRange> Pending { get; init; } = new Dictionary<string, PendingRange>();

    /// <summary>Chain heads of an earlier verification, which must still be in the chains. Default none.</summary>
    public IReadOnlyList<ChainHead> Against { get; init; } = [];

    /// <summary>
    /// Gateway runs that go on, or whose spool is still to be brought in; all others are over, however they ended, and what they had spooled must
    /// be in the log. Null (default) where that can't be known: then any run without an end may go on.
    /// </summary>
    public IReadOnlySet<string>? Running { get; init; }

    /// <summary>
    /// Parses an exchange's bodies anew, to compare with what is stored; null (the function or its result) compares nothing.
    /// </summary>
    public Func<Exchange, Exchange?>? Reparse { get; init; }
}

/// <summary>Sequence numbers of a gateway run that still wait in its spool.</summary>
/// <param name="From">The first one.</param>
/// <param name="To">The last one.</param>
public sealed record PendingRange(long From, long To);
