namespace Tda.Store.Maintenance;

/// <summary>Removes exchanges that are older than wanted, in short transactions, so that a gateway goes on recording.</summary>
public static class ExchangeRetention
{
    /// <summary>Exchanges of one transaction when nothing else is said.</summary>
    public const int DefaultBatch = 500;

    /// <summary>
    /// Prunes what began before a time and returns how many exchanges went. A stopped run is gone on with by running it again.
    /// </summary>
    public static async Task<long> PruneAsync(
        IExchangeStore store,
        DateTimeOffset before,
        string by,
        TimeProvider time,
        int batch = DefaultBatch,
        IProgressSink? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        var total = await CountAsync(store, before, cancellationToken);
        if (total == 0)
        {
            return 0;
        }

        // Said before it is done: a run that is stopped has removed something too.
        var subject = string.Create(CultureInfo.InvariantCulture, $"before {before.UtcDateTime:O}");
        await AuditAsync($"{total} exchanges to remove");
        using var task = (progress ?? NullProgress.Instance).Start("Removing old exchanges", total, "exchanges");
        long removed = 0;
        while (await store.PruneAsync(before, batch, cancellationToken) is var count and > 0)
        {
            removed += count;
            task.Report(removed);
        }

        await store.TidyAsync(cancellationToken);
        await AuditAsync($"{removed} exchanges removed");
        return removed;

        Task AuditAsync(FormattableString detail) => store.AuditAsync(
            new() { At = time.GetUtcNow(), Actor = by, Action = "prune", Subject = subject, Detail = FormattableString.Invariant(detail) },
            cancellationToken);
    }

    /// <summary>How many exchanges <see cref="PruneAsync"/> would remove.</summary>
    public static async Task<long> CountAsync(IExchangeReader store, DateTimeOffset before, CancellationToken cancellationToken = default) =>
        (await store.CountAsync(ExchangeFilter.All with { To = before }, cancellationToken)).Total;
}
