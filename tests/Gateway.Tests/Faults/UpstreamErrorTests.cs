using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Errors of the upstream's own pass as they are; where it answers nothing that is HTTP, the gateway says so.</summary>
public class UpstreamErrorTests
{
    private const string OpenAI = """{"error":{"message":"Rate limit reached ","type":"tokens","param":null,"code":"rate_limit_exceeded"}}""";
    private const string Anthropic = """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}""";

    private static readonly string[] RetryHeaders =
    [
        "Retry-After: 7", "retry-after-ms: 7125", "x-should-retry: true", "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-tokens: 6m0s",
        "anthropic-ratelimit-requests-reset: 2026-11-25T00:00:00Z", "request-id: req_1",
    ];

    [Theory]
    [InlineData("/v1/chat/completions", "429 Too Many Requests", OpenAI)]
    [InlineData("/v1/chat/completions", "500 Internal Server Error", OpenAI)]
    [InlineData("/v1/responses", "503 Service Unavailable", OpenAI)]
    [InlineData("/v1/embeddings", "502 Bad Gateway", "<html>cut by a proxy")]
    [InlineData("/v1/messages", "429 Too Many Requests", Anthropic)]
    [InlineData("/v1/messages", "500 Internal Server Error", Anthropic)]
    [InlineData("/v1/messages", "529 Site is overloaded", Anthropic)]
    public async Task Post_UpstreamRefuses_StatusRetryHeadersAndBodyUnchanged(string path, string status, string body)
    {
        var (answer, exchange) = await OneCall.RunAsync(
            request => request.SendAsync(Samples.Json(body, status, string.Join("\r\n", RetryHeaders) + "\r\n")), path);

        Assert.StartsWith($"HTTP/1.1 {status}\r\n", answer.Head, StringComparison.Ordinal);
        Assert.Equal(body, Encoding.UTF8.GetString(answer.Body));
        Assert.True(answer.Whole);
        Assert.All(RetryHeaders, header => Assert.Contains($"\r\n{header}\r\n", answer.Head + "\r\n", StringComparison.OrdinalIgnoreCase));
        Assert.All(RetryHeaders, header =>
            Assert.Contains(exchange.ResponseHeaders, one => string.Equals($"{one.Name}: {one.Value}", header, StringComparison.OrdinalIgnoreCase)));
        Assert.Equal((TerminalState.Complete, int.Parse(status[..3], CultureInfo.InvariantCulture), null), (exchange.State, exchange.Status!.Value, exchange.Failure));
        OneCall.AssertRecorded(Encoding.UTF8.GetBytes(body), exchange.ResponseBody);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 20")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Ty")]
    [InlineData("220 smtp.example ready\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n{}")]
    public async Task Post_UpstreamAnswersNoHttp_502InTheProvidersShapeAndRecorded(string answered)
    {
        var (answer, exchange) = await OneCall.RunAsync(async request =>
        {
            await request.SendAsync(answered);
            request.Close();
        });

        Assert.StartsWith("HTTP/1.1 502", answer.Head, StringComparison.Ordinal);
        Assert.Contains("upstream_unavailable", Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
        Assert.True(answer.Whole);
        Assert.Equal((TerminalState.UpstreamAbort, 502), (exchange.State, exchange.Status!.Value));
        OneCall.AssertRecorded(answer.Body, exchange.ResponseBody);
    }
}
