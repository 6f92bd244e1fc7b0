using System.Net;
using System.Net.Sockets;
using Tda.TestKit;

namespace Tda.Cli.Tests.BadInput;

/// <summary>What a broken closed model does is forwarded as it came, and stands in the log.</summary>
public sealed class UpstreamTests : IDisposable
{
    private const string Chat = """{"model":"m","messages":[{"role":"user","content":"hello"}]}""";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TdaHomeRunner _tda = new();

    public void Dispose() => _tda.Dispose();

    [Theory]
    [InlineData("malformed JSON", "application/json", "{\"choices\":[{", true, "complete")]
    [InlineData("broken SSE", "text/event-stream", "data: {\"choices\":[{\"delta\n\ndata: [DONE]\n\n", true, "complete")]
    [InlineData("stops inside the answer", "text/event-stream", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hel\"}}]}\n\n", false, "upstream_abort")]
    public async Task Gateway_BrokenUpstream_LeavesARecord(string what, string type, string body, bool whole, string state)
    {
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        var answering = AnswerOnceAsync(upstream, type, body, whole);
        (var gateway, var url) = await _tda.ServeAsync("gateway", "--upstream", $"http://127.0.0.1:{((IPEndPoint)upstream.LocalEndpoint).Port}");
        await using (gateway)
        {
            var received = await AskAsync(new Uri(url, "v1/chat/completions"));
            await answering;
            Assert.Equal(body, Encoding.UTF8.GetString(received));

            await gateway.InterruptAsync();
            Assert.Equal(0, (await gateway.ExitAsync(Patience)).ExitCode);
        }

        var row = (await _tda.JsonAsync("exchanges", "list")).AsArray().Single()!;
        Assert.True(state == (string)row["state"]!, $"{what}: {row}");
        var shown = await _tda.JsonAsync("exchanges", "show", (string)row["id"]!);
        Assert.Equal(body, (string)shown["response_body"]!["text"]!);
        Assert.True((bool)(await _tda.JsonAsync("exchanges", "verify"))["passed"]!);
    }

    /// <summary>What came, even where the connection broke before the end.</summary>
    private static async Task<byte[]> AskAsync(Uri url)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(Chat, Encoding.UTF8, "application/json") };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        using var received = new MemoryStream();
        var buffer = new byte[4096];
        try
        {
            while (await body.ReadAsync(buffer) is > 0 and int read)
            {
                received.Write(buffer, 0, read);
            }
        }
        catch (IOException)
        {
            // The upstream broke the answer off, and so does the gateway.
        }

        return received.ToArray();
    }

    private static async Task AnswerOnceAsync(TcpListener listener, string type, string body, bool whole)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        await ReadRequestAsync(stream);
        var length = Encoding.UTF8.GetByteCount(body) + (whole ? 0 : 100);
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n\r\n{body}"));
    }

    private static async Task ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().EndsWith(Chat, StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer);
            Assert.True(read > 0, "the gateway closed the connection before the request's end");
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
    }
}
