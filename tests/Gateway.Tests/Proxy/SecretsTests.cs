using Microsoft.AspNetCore.Http;
using Tda.Gateway.Redaction;
using Tda.Gateway.Tests.Support;
using Tda.Store;

namespace Tda.Gateway.Tests.Proxy;

public class SecretsTests
{
    private const string Canary = "canary-7f3a91";

    [Theory]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/v1/completions", true)]
    [InlineData("/v1/embeddings", true)]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/v1/models", false)]
    public async Task Post_SecretsInHeadersAndQuery_ReachTheUpstreamAndNoFileNorLogNorPage(string path, bool upstreamUp)
    {
        var logs = new CapturedLogs();
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat, headers: $"Set-Cookie: session={Canary}\r\nX-Auth-Token: {Canary}\r\n"));
        await using var gateway = await TestGateway.StartAsync(upstreamUp ? upstream.Url : "http://127.0.0.1:1", logs: logs);

        var headers = $"Authorization: Bearer {Canary}\r\nApi-Key: {Canary}\r\nX-Api-Key: {Canary}\r\nX-Goog-Api-Key: {Canary}\r\nOcp-Apim-Subscription-Key: {Canary}\r\nCookie: a={Canary}\r\nProxy-Authorization: {Canary}\r\n";
        var response = await RawClient.PostAsync(gateway.Url, $"{path}?api-key={Canary}&version=2&apiKey={Canary}&access_token={Canary}&sig={Canary}", Samples.ChatRequest, headers);

        if (upstreamUp)
        {
            Assert.Contains($"Authorization: Bearer {Canary}", Assert.Single(upstream.Requests).Head, StringComparison.Ordinal);
            Assert.Contains($"Set-Cookie: session={Canary}", response, StringComparison.Ordinal);
        }

        using var http = await gateway.OpenPagesAsync();
        await gateway.Server.DrainedAsync();
        var id = (await gateway.Server.Store.ListAsync(ExchangeFilter.All).FirstAsync()).Id;
        var pages = await http.GetStringAsync(gateway.Url) + await http.GetStringAsync(new Uri(gateway.Url, "/exchanges/" + id));
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal($"{path}?api-key=[redacted]&version=2&apiKey=[redacted]&access_token=[redacted]&sig=[redacted]", exchange.Path);
        Assert.DoesNotContain(Canary, pages, StringComparison.Ordinal);
        Assert.DoesNotContain(logs.Lines, line => line.Contains(Canary, StringComparison.Ordinal));
        foreach (var file in Directory.GetFiles(gateway.Home.Root, "*", SearchOption.AllDirectories))
        {
            Assert.True((await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Canary)) < 0, $"the secret is in {file}");
        }
    }

    [Theory]
    [InlineData("Authorization", true)]
    [InlineData("X-My-Api-Key", true)]
    [InlineData("x-amz-security-token", true)]
    [InlineData("X-Signature", true)]
    [InlineData("x-ratelimit-remaining-tokens", false)]
    [InlineData("OpenAI-Organization", false)]
    [InlineData("X-Monkey", false)]
    [InlineData("Content-Type", false)]
    public void Headers_Name_SecretsAreReplaced(string name, bool secret)
    {
        var field = Assert.Single(Redactor.Headers(new HeaderDictionary { [name] = "v" }, BodyRedactor.Default));

        Assert.Equal(secret ? Redactor.Redacted : "v", field.Value);
    }

    [Theory]
    [InlineData("?key=k", "/p?key=[redacted]")]
    [InlineData("?a=1&API%5FKEY=k&b", "/p?a=1&API%5FKEY=[redacted]&b")]
    [InlineData("?max_tokens=3&keyword=x", "/p?max_tokens=3&keyword=x")]
    [InlineData("", "/p")]
    public void Target_Query_SecretsAreReplacedAndTheRestIsAsSent(string query, string expected) =>
        Assert.Equal(expected, Redactor.Target("/p", new QueryString(query), BodyRedactor.Default));
}
