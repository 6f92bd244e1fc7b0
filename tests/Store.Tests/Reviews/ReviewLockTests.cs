using Tda.Store.Reviews;

namespace Tda.Store.Tests.Reviews;

public sealed class ReviewLockTests
{
    private static readonly ReviewSubject Item = ReviewSubject.Exchange("e-1");
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task LockAsync_FreeOwnAndAnothers_TakenProlongedAndRefused(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var start = desk.Time.GetUtcNow();

        Assert.Equal(new(Item, "ann", start + Quarter), await desk.Store.LockAsync(Item, "ann", start, Quarter));
        Assert.Equal(new(Item, "ann", start + Quarter), await desk.Store.LockAsync(Item, "bob", start.AddMinutes(1), Quarter));
        Assert.Equal(new(Item, "ann", start.AddMinutes(5) + Quarter), await desk.Store.LockAsync(Item, "ann", start.AddMinutes(5), Quarter));
        Assert.Equal("bob", (await desk.Store.LockAsync(ReviewSubject.Document("e-1"), "bob", start, Quarter)).Owner);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task LockAsync_TimeIsOver_NobodysAndAnothersToTake(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var start = desk.Time.GetUtcNow();
        await desk.Store.LockAsync(Item, "ann", start, Quarter);

        Assert.Equal("ann", Assert.Single(await desk.Store.LocksAsync(Item.Kind, [Item.Id, "other"], start + Quarter - TimeSpan.FromSeconds(1))).Value.Owner);
        Assert.Empty(await desk.Store.LocksAsync(Item.Kind, [Item.Id], start + Quarter));
        Assert.Empty(await desk.Store.LocksAsync(ReviewSubjectKind.Document, [Item.Id], start));
        Assert.Empty(await desk.Store.LocksAsync(Item.Kind, [], start));
        Assert.Equal(new(Item, "bob", start + Quarter + Quarter), await desk.Store.LockAsync(Item, "bob", start + Quarter, Quarter));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ReleaseAsync_OwnAndAnothers_OnlyTheOwnerGivesBack(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        var start = desk.Time.GetUtcNow();
        await desk.Store.LockAsync(Item, "ann", start, Quarter);

        await desk.Store.ReleaseAsync(Item, "bob");
        Assert.Equal("ann", (await desk.Store.LockAsync(Item, "bob", start, Quarter)).Owner);
        await desk.Store.ReleaseAsync(Item, "ann");
        await desk.Store.ReleaseAsync(ReviewSubject.Exchange("never locked"), "ann");

        Assert.Empty(await desk.Store.LocksAsync(Item.Kind, [Item.Id], start));
        Assert.Equal("bob", (await desk.Store.LockAsync(Item, "bob", start, Quarter)).Owner);
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task LockAsync_ManyAtOnce_OneOwner(string database)
    {
        await using var desk = await ReviewDesk.OpenAsync(database);
        await using var other = desk.Beside();
        var start = desk.Time.GetUtcNow();

        var locks = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(
            () => (i % 2 == 0 ? desk.Store : other).LockAsync(Item, $"reviewer-{i}", start, Quarter))));

        Assert.Single(locks.Select(taken => taken.Owner).Distinct());
    }
}
