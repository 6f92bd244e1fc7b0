using System.Net;
using Tda.Gateway.Capture;

namespace Tda.Gateway.Proxy;

/// <summary>The HTTP client to the upstream: it adds nothing, follows nothing and unpacks nothing.</summary>
internal static class UpstreamClient
{
    public static HttpMessageInvoker Create(TimeSpan connectTimeout) => new(new JoinedRequests(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = connectTimeout,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,

        // A provider behind a load balancer changes its addresses; connections must not outlive them for long.
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
    }));
}

/// <summary>
/// Lets the head of a short request wait for its body, so that both leave in one packet. The forwarder flushes the head at once, which a
/// long upload needs; for a body of a few KiB that is a second send here and a second read upstream.
/// </summary>
internal sealed class JoinedRequests(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    // What a client sends with its head, or right after it.
    private const int Longest = 16 << 10;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Who expects 100-continue wants the head alone to be judged.
        if (request.Content is { Headers.ContentLength: > 0 and <= Longest } content && request.Headers.ExpectContinue is not true)
        {
            request.Content = new Joined(content);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private sealed class Joined : HttpContent
    {
        private readonly HttpContent _inner;

        public Joined(HttpContent inner)
        {
            _inner = inner;
            foreach (var (name, values) in inner.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _inner.CopyToAsync(new HeldHead(stream), context, cancellationToken);

        // The header says it.
        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    /// <summary>Passes everything on but a flush of the head before there is a body.</summary>
    private sealed class HeldHead(Stream inner) : AsynchronousStream
    {
        private bool _written;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _written = true;
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => _written ? inner.FlushAsync(cancellationToken) : Task.CompletedTask;
    }
}
