using System.Net;
using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Answers and requests that nobody should send, and some do.</summary>
public class OddAnswerTests
{
    [Theory]
    [InlineData("204 No Content", "Content-Length: 5\r\n", "hello")]
    [InlineData("204 No Content", "", "")]
    [InlineData("304 Not Modified", "Content-Length: 5\r\n", "")]
    [InlineData("205 Reset Content", "Content-Length: 0\r\n", "")]
    public async Task Post_AnswerThatMayHaveNoBody_PassedOnWithoutOneAndRecorded(string status, string headers, string body)
    {
        await using var upstream = ScriptedUpstream.Answering($"HTTP/1.1 {status}\r\nX-Mark: 1\r\n{headers}\r\n{body}");
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answer = await RawClient.PostAsync(gateway.Url, "/v1/files/f", "{}");

        Assert.StartsWith($"HTTP/1.1 {status[..3]}", answer, StringComparison.Ordinal);
        Assert.Contains("X-Mark: 1", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("hello", answer, StringComparison.Ordinal);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((int.Parse(status[..3], System.Globalization.CultureInfo.InvariantCulture), 0L), (exchange.Status, exchange.ResponseBody.Length));
    }

    [Theory]
    [InlineData("/v1/messages/count_tokens")]
    [InlineData("/v1/messages/batches")]
    [InlineData("/v1/messages/batches/b-1/results")]
    [InlineData("/v1/Messages/batches")]
    public async Task Post_RefusedCallBelowMessages_AnthropicsShape(string path)
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1", options => options with { Security = new() { RequireClientKeys = true } });

        var answer = await RawClient.PostAsync(gateway.Url, path, "{}");

        Assert.Contains("\"type\":\"error\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_PagesWhileTheStoreIsAway_SaidInWords()
    {
        var server = await PostgresServer.CreateAsync();
        try
        {
            var database = await server.CreateDatabaseAsync();
            await server.StopAsync();
            await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1", options => options with { Store = server.Address(database) });
            using var http = await gateway.OpenPagesAsync();

            foreach (var path in (string[])["/", "/exchanges/x", "/exchanges/x/raw"])
            {
                using var page = await http.GetAsync(path);
                var text = await page.Content.ReadAsStringAsync();

                Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
                Assert.Contains("can't be reached", WebUtility.HtmlDecode(text), StringComparison.Ordinal);
                Assert.Contains("text/html", page.Content.Headers.ContentType?.ToString(), StringComparison.Ordinal);
            }
        }
        finally
        {
            server.Remove();
        }
    }
}
