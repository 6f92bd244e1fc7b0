using Microsoft.AspNetCore.Http;
using Tda.Gateway.Configuration;
using Tda.Gateway.Costs;
using Tda.Gateway.Operations;
using Tda.Gateway.Proxy;
using Tda.Gateway.Security;
using Tda.Gateway.Upstreams;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Security;

public sealed class ClientGateTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryKeys _keys = new();
    private readonly Refusals _refusals = new();
    private readonly TempDirectory _files = new();
    private readonly LiveOptions _live = new(new() { Upstream = "http://u" });
    private readonly ForwardingPlans _plans;

    public ClientGateTests() => _plans = new(_live, _time);

    [Fact]
    public async Task HandleAsync_GoodKey_NextSeesTheClientAndNoKey()
    {
        Set(new() { RequireClientKeys = true });
        var text = _keys.Issue(_time.GetUtcNow());

        var (context, passed) = await SendAsync(text);

        Assert.True(passed);
        Assert.Equal(text.Split('_')[1], context.Features.Get<ClientIdentity>()?.Id);
        Assert.Empty(context.Request.Headers);
    }

    [Fact]
    public async Task HandleAsync_StoreDown_503CountedByCause()
    {
        Set(new() { RequireClientKeys = true });
        var text = _keys.Issue(_time.GetUtcNow());
        _keys.Down = true;

        var (context, passed) = await SendAsync(text);
        await SendAsync("no key");

        Assert.False(passed);
        Assert.Equal(StatusCodes.Status503ServiceUnavailable, context.Response.StatusCode);
        Assert.Equal([new("keys_unavailable", 1), new("unauthorized", 1)], _refusals.Counts);
    }

    [Fact]
    public async Task HandleAsync_MountedKeySwappedByALinkWithItsTimeKept_NewKeyWithinTwoSeconds()
    {
        // As Kubernetes does it: the file is a link through a folder that is itself a link, which is swapped.
        var (first, second) = (_files.Write("..1/key", "first-key"), _files.Write("..2/key", "second-key"));
        File.SetLastWriteTimeUtc(second, File.GetLastWriteTimeUtc(first));
        var data = Path.Combine(_files.Path, "..data");
        Directory.CreateSymbolicLink(data, Path.GetDirectoryName(first)!);
        var file = Path.Combine(_files.Path, "key");
        File.CreateSymbolicLink(file, Path.Combine(data, "key"));
        var gate = Gate();
        Set(new() { UpstreamKey = new() { File = file } });
        Assert.Equal("Bearer first-key", await AuthorizationAsync(gate));

        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, Path.GetDirectoryName(second)!);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("Bearer second-key", await AuthorizationAsync(gate));
    }

    [Fact]
    public void Of_FileGoneForAWhile_OldSecretWithAProblemThenTheNewOne()
    {
        var secrets = new HeldSecrets(_plans, _time);
        var source = new SecretSource { File = _files.Write("admin", "old-secret") };
        Assert.Equal("old-secret", secrets.Admin.Of(source));

        File.Delete(source.File);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("old-secret", secrets.Admin.Of(source));
        Assert.Contains(source.File, Assert.Single(secrets.Problems), StringComparison.Ordinal);
        Assert.DoesNotContain("old-secret", secrets.Problems[0], StringComparison.Ordinal);

        _files.Write("admin", "new-secret");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("new-secret", secrets.Admin.Of(source));
        Assert.Empty(secrets.Problems);
    }

    [Theory]
    [InlineData(10_000, 1024L, 384)]
    [InlineData(10_000, 65_536L, 10_000)]
    [InlineData(100, 1024L, 100)]
    [InlineData(10_000, 64L, 16)]
    [InlineData(10_000, null, 10_000)]
    public void Connections_FewFiles_FewConnections(long configured, long? files, long expected) =>
        Assert.Equal(expected, DescriptorLimit.Connections(configured, files));

    [Fact]
    public async Task HandleAsync_UpstreamKeysFileChanged_NewKeyAfterAReload()
    {
        var gate = Gate();
        var file = _files.Write("key", "first-key");
        Set(new() { UpstreamKey = new() { File = file } });
        Assert.Equal("Bearer first-key", await AuthorizationAsync(gate));

        _files.Write("key", "second-key");
        Set(new() { UpstreamKey = new() { File = file } });

        Assert.Equal("Bearer second-key", await AuthorizationAsync(gate));
    }

    [Fact]
    public async Task HandleAsync_NoKeysRequired_ClientsOwnPassesUntouched()
    {
        var (context, passed) = await SendAsync("sk-own");

        Assert.True(passed);
        Assert.Equal("Bearer sk-own", context.Request.Headers.Authorization);
    }

    [Fact]
    public async Task HandleAsync_RouteLimit_CountsThatRouteOnly()
    {
        Set(new() { Limits = new() { RouteRequestsPerMinute = new Dictionary<string, int> { ["/v1/embeddings"] = 1 } } });
        var gate = Gate();

        Assert.True((await SendAsync("k", gate, "/v1/embeddings")).Passed);
        Assert.False((await SendAsync("k", gate, "/v1/embeddings")).Passed);
        Assert.True((await SendAsync("k", gate, "/v1/models")).Passed);
        Assert.Equal([new("rate_limited", 1)], _refusals.Counts);
    }

    public void Dispose() => _files.Dispose();

    private void Set(SecurityOptions security) => _live.Replace(_live.Current with { Security = security });

    private ClientGate Gate() => new(
        new KeyCache(_keys, _time), new RateLimits(_live), new Budgets(_live, new HeldPrices(null, new(_files.Path), _time), _time), _refusals);

    private async Task<string?> AuthorizationAsync(ClientGate gate) => (await SendAsync("x", gate)).Context.Request.Headers.Authorization;

    private async Task<(HttpContext Context, bool Passed)> SendAsync(string key, ClientGate? gate = null, string path = "/v1/models")
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Request.Headers.Authorization = "Bearer " + key;
        ForwardedCall.Take(context, _plans.Current, _time.GetTimestamp());
        var passed = false;
        await (gate ?? Gate()).HandleAsync(context, _ =>
        {
            passed = true;
            return Task.CompletedTask;
        });
        return (context, passed);
    }
}
