using Tda.Gateway.Security;
using Tda.Store.Keys;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Security;

public sealed class KeyStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task AddAsync_KeyWithEverything_ReadBackEqualAndTheKeyItselfNowhere()
    {
        await using var store = await KeyStore.OpenAsync(new TdaHome(_directory.Path));
        var (text, key) = KeyText.Issue("Team, \"Ä\"", Now, ["/v1/chat/completions", "/v1/models"], 60, Now.AddDays(90));

        await store.AddAsync(key);

        Assert.Equivalent(key, await store.FindAsync(key.Id), strict: true);
        Assert.True(KeyText.Matches(text, (await store.FindAsync(key.Id))!));
        SecretSearchAssert.NowhereIn(_directory.Path, text, text[15..]);
    }

    [Fact]
    public async Task RevokeAsync_Twice_OnceTrueAndTheTimeStays()
    {
        await using var store = await KeyStore.OpenAsync(new TdaHome(_directory.Path));
        var (_, key) = KeyText.Issue("team", Now);
        await store.AddAsync(key);

        Assert.True(await store.RevokeAsync(key.Id, Now.AddHours(1)));
        Assert.False(await store.RevokeAsync(key.Id, Now.AddHours(2)));
        Assert.False(await store.RevokeAsync("' OR 1=1 --", Now));

        var revoked = Assert.Single(await store.ListAsync());
        Assert.Equal(Now.AddHours(1), revoked.RevokedAt);
        Assert.False(revoked.IsValidAt(Now.AddMinutes(1)));
    }

    public void Dispose() => _directory.Dispose();
}
