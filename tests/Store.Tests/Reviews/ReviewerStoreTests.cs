using Tda.Store.Reviews;

namespace Tda.Store.Tests.Reviews;

public sealed class ReviewerStoreTests
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AddAsync_NewAndTaken_FalseWhereNameOrIdentityIsTaken(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        await using var accounts = await ReviewStore.OpenAccountsAsync(log.Home, log.Location);
        var ann = Account("ann") with { PasswordHash = "v1$…'quoted'", Identity = "issuer subject-1", Role = ReviewRole.Adjudicator };
        var zoe = Account("Zoe");

        Assert.True(await accounts.AddAsync(zoe));
        Assert.True(await accounts.AddAsync(ann));
        Assert.False(await accounts.AddAsync(Account("ann")));
        Assert.False(await accounts.AddAsync(Account("bob") with { Identity = "issuer subject-1" }));

        Assert.Equal(ann, await accounts.FindAsync("ann"));
        Assert.Equal(ann, await accounts.FindIdentityAsync("issuer subject-1"));
        Assert.Null(await accounts.FindAsync("bob"));
        Assert.Null(await accounts.FindAsync("ann' OR 1=1 --"));
        Assert.Null(await accounts.FindIdentityAsync("issuer"));
        Assert.Equal([zoe, ann], await accounts.ListAsync());
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ChangeAsync_AnAccount_GenerationCountsUp(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        await using var accounts = await ReviewStore.OpenAccountsAsync(log.Home, log.Location);
        var ann = Account("ann");
        await accounts.AddAsync(ann);

        Assert.True(await accounts.ChangeAsync(ann with { Role = ReviewRole.Admin, PasswordHash = "other", Identity = "issuer s" }));
        Assert.True(await accounts.ChangeAsync(ann with { Role = ReviewRole.Reader, DisabledAt = Start.AddDays(1), CreatedAt = Start.AddDays(5), Generation = 1 }));
        Assert.False(await accounts.ChangeAsync(Account("nobody")));

        Assert.Equal(ann with { Role = ReviewRole.Reader, DisabledAt = Start.AddDays(1), Generation = 2 }, await accounts.FindAsync("ann"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ChangeAsync_AnotherChangedItMeanwhile_WhatTheyDidStands(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        await using var accounts = await ReviewStore.OpenAccountsAsync(log.Home, log.Location);
        var seen = Account("ann");
        await accounts.AddAsync(seen);
        Assert.True(await accounts.ChangeAsync(seen with { DisabledAt = Start }));

        Assert.False(await accounts.ChangeAsync(seen with { PasswordHash = "hashed anew" }));

        Assert.Equal(seen with { DisabledAt = Start, Generation = 1 }, await accounts.FindAsync("ann"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task ChangeAsync_IdentityOfAnother_SaysWhose(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        await using var accounts = await ReviewStore.OpenAccountsAsync(log.Home, log.Location);
        await accounts.AddAsync(Account("ann") with { Identity = "issuer s" });
        await accounts.AddAsync(Account("bob"));

        var error = await Assert.ThrowsAsync<TdaException>(() => accounts.ChangeAsync(Account("bob") with { Identity = "issuer s" }));

        Assert.Equal("the identity of bob belongs to the reviewer ann already", error.Message);
        Assert.Equal(Account("bob"), await accounts.FindAsync("bob"));
    }

    [Theory]
    [ClassData(typeof(Databases))]
    public async Task AddAsync_NoName_Refused(string database)
    {
        await using var log = await TestLog.CreateAsync(database);
        await using var accounts = await ReviewStore.OpenAccountsAsync(log.Home, log.Location);

        await Assert.ThrowsAsync<ArgumentException>(() => accounts.AddAsync(Account("ann smith")));

        Assert.Empty(await accounts.ListAsync());
    }

    [Fact]
    public async Task FindAsync_StoreIsGone_SaysWhatCantBeRead()
    {
        using var directory = new TestKit.TempDirectory();
        await using var accounts = ReviewStore.AccountsBeside(new(directory.Path));

        var error = await Assert.ThrowsAsync<TdaException>(() => accounts.FindAsync("ann"));

        Assert.StartsWith("the reviewers in ", error.Message, StringComparison.Ordinal);
    }

    private static Reviewer Account(string name) => new() { Name = name, Role = ReviewRole.Reviewer, CreatedAt = Start };
}
