using Tda.Gateway.Security;
using Tda.Gateway.Tests.Support;
using Tda.Store.Keys;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Security;

public sealed class ClientKeyTests : IDisposable
{
    private const string ProviderKey = "sk-provider-7Yq2Lw8Vn4Rt6Yp1";
    private readonly TempDirectory _secrets = new();
    private readonly string _keyFile;

    public ClientKeyTests() => _keyFile = _secrets.Write("upstream.key", ProviderKey + "\n");

    [Theory]
    [InlineData("Authorization: Bearer {0}")]
    [InlineData("x-api-key: {0}")]
    [InlineData("api-key: {0}")]
    public async Task Post_GoodKey_UpstreamGetsItsOwnAndNeverTheClients(string header)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream);
        var (text, _) = await IssueAsync(gateway);

        var answer = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest, string.Format(null, header, text) + $"\r\nX-Copy: key {text}\r\nCookie: tda-session=abc; other=1\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        var head = Assert.Single(upstream.Requests).Head;
        Assert.Contains($"Authorization: Bearer {ProviderKey}", head, StringComparison.Ordinal);
        Assert.Contains("Cookie: other=1", head, StringComparison.Ordinal);
        Assert.DoesNotContain("tda", head.Replace("127.0.0.1", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        await gateway.StopAndReadOneAsync();
        SecretSearchAssert.NowhereIn(gateway.Home.Root, text, ProviderKey);
    }

    [Theory]
    [InlineData("/v1/chat/completions", "\"code\":\"unauthorized\"")]
    [InlineData("/v1/messages", "\"type\":\"authentication_error\"")]
    public async Task Post_NoUnknownWrongOrRevokedKey_401InTheProvidersShapeAndNotForwarded(string path, string shape)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream);
        var (revoked, id) = await IssueAsync(gateway);
        await using (var store = KeyStore.Beside(gateway.Home))
        {
            await store.RevokeAsync(id, DateTimeOffset.UnixEpoch);
        }

        string[] keys = ["", "Authorization: Bearer sk-abc\r\n", $"Authorization: Bearer {KeyText.Issue("x", DateTimeOffset.UnixEpoch).Text}\r\n", $"x-api-key: {revoked}\r\n"];
        foreach (var key in keys)
        {
            var answer = await RawClient.PostAsync(gateway.Url, path, Samples.ChatRequest, key);

            Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
            Assert.Contains(shape, answer, StringComparison.Ordinal);
        }

        Assert.Empty(upstream.Requests);
        Assert.Equal(0, gateway.Server.Counts.Forwarded);
    }

    [Fact]
    public async Task Post_RouteThatTheKeyIsNotGoodFor_403()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream);
        var (text, _) = await IssueAsync(gateway, ["/v1/embeddings"]);

        Assert.StartsWith("HTTP/1.1 403", await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", "{}", $"api-key: {text}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/embeddings", "{}", $"api-key: {text}\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_KeyInTheAddressToo_400()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream);
        var (text, _) = await IssueAsync(gateway);

        Assert.StartsWith("HTTP/1.1 400", await RawClient.PostAsync(gateway.Url, $"/v1/models?key={text}", "{}", $"api-key: {text}\r\n"), StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Post_MoreThanTheKeyMay_429WithRetryAfterAndOthersUnaffected()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream);
        var (slow, _) = await IssueAsync(gateway, perMinute: 2);
        var (other, _) = await IssueAsync(gateway);

        var answers = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            answers.Add(await RawClient.PostAsync(gateway.Url, "/v1/messages", "{}", $"x-api-key: {slow}\r\n"));
        }

        Assert.Equal(2, answers.Count(answer => answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)));
        Assert.StartsWith("HTTP/1.1 429", answers[2], StringComparison.Ordinal);
        Assert.Matches("Retry-After: [1-9]", answers[2]);
        Assert.Contains("\"type\":\"rate_limit_error\"", answers[2], StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await RawClient.PostAsync(gateway.Url, "/v1/messages", "{}", $"x-api-key: {other}\r\n"), StringComparison.Ordinal);
        Assert.Equal(3, gateway.Server.Counts.Forwarded);
    }

    [Fact]
    public void Errors_UpstreamKeyWithoutClientKeysBeyondLoopback_RefusesToStart()
    {
        var options = TestGateway.Options("http://u", _secrets.Path, o => o with { Security = new() { UpstreamKey = new() { File = _keyFile } } });

        Assert.Empty(options.Errors());
        Assert.Contains("everyone who reaches", Assert.Single((options with { Listen = "http://0.0.0.0:0" }).Errors()).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(ProviderKey, JsonSerializer.Serialize(options), StringComparison.Ordinal);
    }

    public void Dispose() => _secrets.Dispose();

    private Task<TestGateway> StartAsync(ScriptedUpstream upstream, Func<GatewayOptions, GatewayOptions>? change = null) => TestGateway.StartAsync(upstream, options =>
        (change ?? (o => o))(options with { Security = new() { RequireClientKeys = true, UpstreamKey = new() { File = _keyFile } } }));

    private static async Task<(string Text, string Id)> IssueAsync(TestGateway gateway, string[]? routes = null, int? perMinute = null)
    {
        var (text, key) = KeyText.Issue("team", new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), routes, perMinute);
        await using var store = KeyStore.Beside(gateway.Home);
        await store.AddAsync(key);
        return (text, key.Id);
    }
}
