namespace Tda.Review.Queues;

/// <summary>Reads queues by pages, and finds what somebody should look at next.</summary>
internal sealed class QueueReader(DeskSetting setting)
{
    /// <summary>Counting further would make a page of a long queue slow.</summary>
    public const int MostCounted = 10_000;

    // Items that others hold are passed over, so many at a time.
    private const int Block = 20;

    /// <summary>How many wait in a queue, at most one more than <see cref="MostCounted"/>.</summary>
    public Task<long> CountAsync(DeskQueue queue, CancellationToken cancellation) => setting.Log.CountUpToAsync(queue.Filter, MostCounted + 1, cancellation);

    /// <summary>The first exchange of a queue that nobody else holds, after a place when one is given; null where there is none.</summary>
    public async Task<ExchangeSummary?> NextAsync(DeskQueue queue, string user, ExchangeCursor? after, CancellationToken cancellation)
    {
        while (true)
        {
            var block = await setting.Log.ListAsync(queue.Filter with { After = after, Limit = Block }, cancellation).ToListAsync(cancellation);
            var locks = await setting.Reviews.LocksAsync(ReviewSubjectKind.Exchange, [.. block.Select(one => one.Id)], setting.Time.GetUtcNow(), cancellation);
            if (block.FirstOrDefault(one => locks.GetValueOrDefault(one.Id) is not { } held || held.Owner == user) is { } free)
            {
                return free;
            }

            if (block.Count < Block)
            {
                return null;
            }

            after = block[^1].Cursor;
        }
    }
}
