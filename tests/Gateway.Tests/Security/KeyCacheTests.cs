using Tda.Gateway.Security;

namespace Tda.Gateway.Tests.Security;

public class KeyCacheTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryKeys _store = new();
    private readonly KeyCache _cache;

    public KeyCacheTests() => _cache = new(_store, _time);

    [Fact]
    public async Task CheckAsync_KnownKey_OneLookInTheStoreForMany()
    {
        var text = _store.Issue(_time.GetUtcNow());

        for (var i = 0; i < 100; i++)
        {
            Assert.NotNull(await _cache.CheckAsync(text));
        }

        Assert.Equal(1, _store.Looks);
    }

    [Fact]
    public async Task CheckAsync_Revoked_RefusedWithinFiveSeconds()
    {
        var text = _store.Issue(_time.GetUtcNow());
        Assert.NotNull(await _cache.CheckAsync(text));

        await _store.RevokeAsync(text.Split('_')[1], _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Null(await _cache.CheckAsync(text));
    }

    [Fact]
    public async Task CheckAsync_Expired_RefusedAtOnce()
    {
        var text = _store.Issue(_time.GetUtcNow(), expires: _time.GetUtcNow().AddSeconds(1));
        Assert.NotNull(await _cache.CheckAsync(text));

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(await _cache.CheckAsync(text));
    }

    [Fact]
    public async Task CheckAsync_UnknownOrOfAnotherId_Refused()
    {
        _store.Issue(_time.GetUtcNow());

        Assert.Null(await _cache.CheckAsync(KeyText.Issue("stranger", _time.GetUtcNow()).Text));
        Assert.Null(await _cache.CheckAsync(null));
    }

    [Fact]
    public async Task CheckAsync_StoreDown_KnownKeysStayGoodForAWhile()
    {
        var text = _store.Issue(_time.GetUtcNow());
        Assert.NotNull(await _cache.CheckAsync(text));
        _store.Down = true;

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await _cache.CheckAsync(text));
        await Assert.ThrowsAsync<TdaException>(async () => await _cache.CheckAsync(KeyText.Issue("stranger", _time.GetUtcNow()).Text));

        _time.Advance(TimeSpan.FromMinutes(20));
        await Assert.ThrowsAsync<TdaException>(async () => await _cache.CheckAsync(text));
    }

    [Fact]
    public async Task CheckAsync_FloodOfInventedKeys_FewLooksAndNoRealKeyForgotten()
    {
        var text = _store.Issue(_time.GetUtcNow());
        Assert.NotNull(await _cache.CheckAsync(text, "10.0.0.1"));

        for (var i = 0; i < 12_000; i++)
        {
            Assert.Null(await _cache.CheckAsync(KeyText.Issue("stranger", _time.GetUtcNow()).Text, "10.0.0.66"));
        }

        Assert.InRange(_store.Looks, 2, 200);
        _store.Down = true;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await _cache.CheckAsync(text, "10.0.0.66"));
    }

    [Fact]
    public async Task CheckAsync_GuesserAtOneAddress_OthersAreLookedUp()
    {
        for (var i = 0; i < 500; i++)
        {
            Assert.Null(await _cache.CheckAsync(KeyText.Issue("stranger", _time.GetUtcNow()).Text, "10.0.0.66"));
        }

        var text = _store.Issue(_time.GetUtcNow());
        Assert.NotNull(await _cache.CheckAsync(text, "10.0.0.1"));

        // Seen once it is known; and the guesser's address itself is heard again after its minute.
        Assert.NotNull(await _cache.CheckAsync(text, "10.0.0.66"));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await _cache.CheckAsync(_store.Issue(_time.GetUtcNow()), "10.0.0.66"));
    }
}
