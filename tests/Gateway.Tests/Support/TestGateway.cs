using Microsoft.Extensions.Logging;
using Tda.Store;
using Tda.Store.Verification;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Support;

/// <summary>A gateway on a port and a home of its own.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly GatewayServer _server;

    private TestGateway(TempDirectory directory, GatewayServer server)
    {
        _directory = directory;
        _server = server;
    }

    public GatewayServer Server => _server;

    public Uri Url => _server.Url;

    public TdaHome Home => new(_directory.Path);

    public static async Task<TestGateway> StartAsync(ScriptedUpstream upstream, Func<GatewayOptions, GatewayOptions>? change = null, ILoggerProvider? logs = null) =>
        await StartAsync(upstream.Url, change, logs);

    public static async Task<TestGateway> StartAsync(string upstream, Func<GatewayOptions, GatewayOptions>? change = null, ILoggerProvider? logs = null)
    {
        var directory = new TempDirectory();
        try
        {
            return new(directory, await GatewayServer.StartAsync(Options(upstream, directory.Path, change), logs));
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    public static GatewayOptions Options(string upstream, string home, Func<GatewayOptions, GatewayOptions>? change = null) =>
        (change ?? (options => options))(new() { Upstream = upstream, Listen = "http://127.0.0.1:0", Home = home, Spool = new() { SegmentBytes = 1 << 20 } });

    /// <summary>Asserts that a gateway has recorded all that it forwarded.</summary>
    public static void AssertAllRecorded(long count, GatewayCounts counts) =>
        Assert.Equal((count, count, 0, 0, 0, 0), (counts.Forwarded, counts.Recorded, counts.Pending, counts.Dropped, counts.InFlight, counts.Unexplained));

    /// <summary>The cookie of somebody who opened the link that the gateway shows at its start.</summary>
    public async Task<string> OpenLinkAsync()
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
        using var answer = await http.GetAsync(Server.PagesLink);
        return Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
    }

    /// <summary>A browser that has opened that link.</summary>
    public async Task<HttpClient> OpenPagesAsync()
    {
        var http = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = Url };
        http.DefaultRequestHeaders.Add("Cookie", await OpenLinkAsync());
        return http;
    }

    /// <summary>Stops the gateway, which settles everything, and reads the whole log.</summary>
    public async Task<List<Exchange>> StopAndReadAsync()
    {
        await _server.StopAsync();
        await using var store = await ExchangeStore.OpenAsync(Home);
        var verification = await ExchangeVerifier.VerifyAsync(store);
        Assert.True(verification.Passed, string.Join('\n', verification.Faults));
        return await store.ReadAsync(ExchangeFilter.All with { OldestFirst = true }).ToListAsync();
    }

    /// <summary>Stops the gateway and reads the log's only exchange.</summary>
    public async Task<Exchange> StopAndReadOneAsync() => Assert.Single(await StopAndReadAsync());

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }
}
