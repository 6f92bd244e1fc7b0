using System.Net;
using Tda.Gateway.Capture;
using Tda.Gateway.Protocols;
using Tda.Gateway.Upstreams;
using Yarp.ReverseProxy.Forwarder;

namespace Tda.Gateway.Proxy;

/// <summary>
/// Makes the upstream's request from the client's: everything passes but hop-by-hop headers, the Host (the upstream's
/// own name stands there, without which virtual hosts and TLS would fail) and the headers addressed to the gateway.
/// </summary>
internal sealed class UpstreamTransformer(
    ForwardedCall call, TimeProvider time, LogprobExchange? logprobs = null, Attempts? attempts = null, ExchangeCapture? capture = null) : HttpTransformer
{
    /// <summary>When the request went to the upstream, in the clock's ticks; null when it did not come so far.</summary>
    public long? SentAt { get; private set; }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.Headers.Host = null;
        foreach (var name in GatewayHeaders.All)
        {
            proxyRequest.Headers.Remove(name);
        }

        proxyRequest.RequestUri = call.Upstream!.Address.Map(call.Target);
        if (call.Plan.Options.AddForwardedHeaders)
        {
            AddForwarded(httpContext, proxyRequest);
        }

        SentAt = time.GetTimestamp();
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (logprobs is not null && proxyResponse is not null && await logprobs.RefusedAsync(proxyResponse, cancellationToken))
        {
            return false;
        }

        if (attempts is not null && proxyResponse is not null && await attempts.RefuseAsync(proxyResponse, capture, cancellationToken))
        {
            return false;
        }

        var copy = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse?.StatusCode == HttpStatusCode.NoContent)
        {
            // An upstream may tell of a body that this status can't have; the server would wait for it and break off.
            httpContext.Response.ContentLength = null;
        }

        if (copy && MediaTypes.IsStream(httpContext.Response.ContentType))
        {
            // A client that waits for a slow model's first token should at least know that it was accepted.
            await httpContext.Response.StartAsync(cancellationToken);
            await httpContext.Response.Body.FlushAsync(cancellationToken);
        }

        return copy;
    }

    private static void AddForwarded(HttpContext context, HttpRequestMessage request)
    {
        var headers = request.Headers;
        headers.TryAddWithoutValidation("X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        headers.TryAddWithoutValidation("X-Forwarded-Proto", context.Request.Scheme);
        headers.TryAddWithoutValidation("X-Forwarded-Host", context.Request.Host.Value);
    }
}
