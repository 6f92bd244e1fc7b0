using Tda.Gateway.Proxy;

namespace Tda.Gateway.Tests.Proxy;

public sealed class JoinedRequestsTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(16 << 10, false)]
    [InlineData((16 << 10) + 1, true)]
    public async Task SendAsync_BodyUpTo16KiB_HeadIsNotFlushedBeforeIt(int length, bool flushedFirst)
    {
        var body = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var sent = await SendAsync(new FlushingContent(body) { Headers = { ContentLength = length, ContentType = new("application/json") } });
        Assert.Equal(flushedFirst, sent.Calls[0] == "flush");
        Assert.Equal(body, sent.ToArray());
        Assert.Equal("flush", sent.Calls[^1]);
    }

    [Fact]
    public async Task SendAsync_LengthNotKnown_HeadGoesAtOnce() =>
        Assert.Equal("flush", (await SendAsync(new FlushingContent([1, 2, 3]))).Calls[0]);

    [Fact]
    public async Task SendAsync_ExpectsContinue_HeadGoesAtOnce() =>
        Assert.Equal("flush", (await SendAsync(new FlushingContent([1, 2, 3]) { Headers = { ContentLength = 3 } }, expectContinue: true)).Calls[0]);

    [Fact]
    public async Task SendAsync_ShortBody_KeepsItsHeaders()
    {
        var content = new FlushingContent(Encoding.UTF8.GetBytes("{}"));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=weird value");
        content.Headers.TryAddWithoutValidation("Content-Length", "2");
        content.Headers.TryAddWithoutValidation("Content-Encoding", ["gzip", "br"]);
        using var upstream = new Upstream();
        using var client = new HttpMessageInvoker(new JoinedRequests(upstream));
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/") { Content = content };
        using var answer = await client.SendAsync(request, CancellationToken.None);
        Assert.Equal(
            ["Content-Encoding: gzip|br", "Content-Length: 2", "Content-Type: application/json; charset=weird value"],
            upstream.Headers.Order(StringComparer.Ordinal));
    }

    private static async Task<Recording> SendAsync(HttpContent content, bool expectContinue = false)
    {
        using var upstream = new Upstream();
        using var client = new HttpMessageInvoker(new JoinedRequests(upstream));
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/") { Content = content };
        request.Headers.ExpectContinue = expectContinue;
        using var answer = await client.SendAsync(request, CancellationToken.None);
        return upstream.Sent;
    }

    /// <summary>Flushes before it writes, as the forwarder's content does.</summary>
    private sealed class FlushingContent(byte[] body) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.FlushAsync();
            await stream.WriteAsync(body);
            await stream.FlushAsync();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Upstream : HttpMessageHandler
    {
        public Recording Sent { get; } = new();

        public List<string> Headers { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Headers.AddRange(request.Content!.Headers.NonValidated.Select(header => $"{header.Key}: {string.Join('|', header.Value)}"));
            await request.Content.CopyToAsync(Sent, cancellationToken);
            return new();
        }
    }

    private sealed class Recording : MemoryStream
    {
        public List<string> Calls { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Calls.Add("write");
            return base.WriteAsync(buffer, cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            Calls.Add("flush");
            return base.FlushAsync(cancellationToken);
        }
    }
}
