using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Upstreams;

public class MissedCallTests
{
    // Clients whose base URL lacks the /v1 got a page, or nothing, and no word of why.
    [Theory]
    [InlineData("POST /chat/completions", "", "/v1/chat/completions", "\"code\":\"no_such_address\"")]
    [InlineData("POST /messages", "", "/v1/messages", "\"type\":\"error\"")]
    [InlineData("GET /models", "Accept: application/json\r\n", "/v1/models", "\"code\":\"no_such_address\"")]
    [InlineData("POST /api/paas/v4/chat/completions", "", "/v1/chat/completions", "\"code\":\"no_such_address\"")]
    [InlineData("POST /models/g:generateContent", "", "/v1/models/g:generateContent", "\"status\":\"NOT_FOUND\"")]
    [InlineData("POST /nothing", "", "/v1,", "\"code\":\"no_such_address\"")]
    public async Task Send_CallWithoutV1_JsonInTheProvidersShapeWithTheRightAddress(string line, string headers, string address, string shape)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answer = await SendAsync(gateway, line, headers);

        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/json", answer, StringComparison.Ordinal);
        Assert.Contains($"http://127.0.0.1:{gateway.Url.Port}{address}", answer, StringComparison.Ordinal);
        Assert.Contains(shape, answer, StringComparison.Ordinal);
        Assert.Equal((0, 1), (gateway.Server.Counts.Forwarded, gateway.Server.Health.Refusals["no_such_address"]));
    }

    [Fact]
    public async Task Send_UnderAForeignHostName_TheSame()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");

        var answer = await RawClient.PostAsync(gateway.Url, "/chat/completions", "{}");

        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.Contains("http://gateway.test/v1/chat/completions", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /nothing")]
    [InlineData("GET /models")]
    public async Task Send_ByABrowser_APage(string line)
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");

        var answer = await SendAsync(gateway, line, $"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nCookie: {await gateway.OpenLinkAsync()}\r\n");

        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.Contains("There is no such page.", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /health")]
    [InlineData("GET /runs")]
    [InlineData("GET /metrics")]
    [InlineData("GET /usage")]
    public async Task Send_GatewaysOwnAddressWithoutAccept_AsEver(string line)
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");

        Assert.StartsWith("HTTP/1.1 200", await SendAsync(gateway, line, $"Cookie: {await gateway.OpenLinkAsync()}\r\n"), StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(TestGateway gateway, string line, string headers)
    {
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendAsync($"{line} HTTP/1.1\r\nHost: 127.0.0.1:{gateway.Url.Port}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n");
        return await client.ReadToEndAsync();
    }
}
