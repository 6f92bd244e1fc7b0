using Tda.Store.Reviews;

namespace Tda.Store.Tests.Reviews;

/// <summary>A log of a test's own with its decisions.</summary>
internal sealed class ReviewDesk : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private int _acts;

    private ReviewDesk(TestLog log, IExchangeStore exchanges)
    {
        Log = log;
        Exchanges = exchanges;
        Store = Beside();
    }

    public TestLog Log { get; }

    public IExchangeStore Exchanges { get; }

    public IReviewStore Store { get; }

    public FakeTimeProvider Time { get; } = new(Start);

    public static async Task<ReviewDesk> OpenAsync(string database)
    {
        var log = await TestLog.CreateAsync(database);
        return new(log, await log.OpenAsync());
    }

    /// <summary>Another store on the same decisions, as another process has it.</summary>
    public IReviewStore Beside() => ReviewStore.Beside(Log.Home, Log.Location);

    /// <summary>A decision on a document, in an act of its own.</summary>
    public ReviewDecision Decision(string document, string by, ReviewVerdict verdict = ReviewVerdict.Drop) => new()
    {
        Act = $"act-{Interlocked.Increment(ref _acts):D6}",
        At = Time.GetUtcNow(),
        By = by,
        Subject = ReviewSubject.Document(document),
        Verdict = verdict,
        Version = "v-1",
    };

    /// <summary>Decides on exchanges and documents and takes acts back, all at random; returns how many acts there were.</summary>
    public async Task<int> DecideAtRandomAsync(Random random, int count, int documents)
    {
        string[] reviewers = ["ann", "bob", "eve"];
        ReviewVerdict[] verdicts = [ReviewVerdict.Keep, ReviewVerdict.Keep, ReviewVerdict.Drop, ReviewVerdict.Drop, ReviewVerdict.Escalate];
        var made = new List<string>();
        for (var i = 0; i < count; i++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            if (made.Count > 0 && random.Next(4) == 0)
            {
                await Store.UndoAsync(made[random.Next(made.Count)], reviewers[random.Next(reviewers.Length)], Time.GetUtcNow());
                continue;
            }

            var decision = Decision($"d-{random.Next(documents)}", reviewers[random.Next(reviewers.Length)], verdicts[random.Next(verdicts.Length)]) with
            {
                Adjudicates = random.Next(8) == 0,
            };
            await Store.DecideAsync([decision, decision with { Subject = ReviewSubject.Exchange($"e-{random.Next(documents)}") }]);
            made.Add(decision.Act);
        }

        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Log.DisposeAsync();
    }
}
