using Tda.Gateway.Capture;

namespace Tda.Gateway.Proxy;

/// <summary>
/// Lets the head of a short request wait for its body, so that both leave in one packet. The forwarder sends the head at once, which a
/// long upload needs; for a body of a few KiB it costs two sends here, and two reads upstream.
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

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken) =>
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

    /// <summary>Passes everything on but what would send the head before there is a body.</summary>
    private sealed class HeldHead(Stream inner) : WriteOnlyStream
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
