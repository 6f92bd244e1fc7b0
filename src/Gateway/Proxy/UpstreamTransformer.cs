using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Tda.Gateway.Capture;
using Tda.Gateway.Protocols;
using Yarp.ReverseProxy.Forwarder;

namespace Tda.Gateway.Proxy;

/// <summary>
/// Makes the upstream's request from the client's: everything passes but hop-by-hop headers, the Host (the upstream's
/// own name stands there, without which virtual hosts and TLS would fail) and the headers addressed to the gateway.
/// </summary>
internal sealed class UpstreamTransformer(ForwardingPlan plan, TimeProvider time, LogprobExchange? logprobs = null) : HttpTransformer
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

        proxyRequest.RequestUri = Target(httpContext, destinationPrefix) ?? proxyRequest.RequestUri;
        if (plan.Options.AddForwardedHeaders)
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

        var copy = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse?.StatusCode == HttpStatusCode.NoContent)
        {
            // An upstream may tell of a body that this status can't have; the server would wait for it and break off.
            httpContext.Response.ContentLength = null;
        }

        if (copy && MediaTypes.IsEventStream(httpContext.Response.ContentType))
        {
            // A client that waits for a slow model's first token should at least know that it was accepted.
            await httpContext.Response.StartAsync(cancellationToken);
            await httpContext.Response.Body.FlushAsync(cancellationToken);
        }

        return copy;
    }

    /// <summary>The target exactly as the client wrote it; null where it needs cleaning, which is then the default's task.</summary>
    private Uri? Target(HttpContext context, string destinationPrefix)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (raw is null || !raw.StartsWith("/v1", StringComparison.OrdinalIgnoreCase) || HasDotSegment(raw) || raw.Contains('#', StringComparison.Ordinal))
        {
            return null;
        }

        return new(destinationPrefix + raw, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    private static bool HasDotSegment(string raw)
    {
        if (!raw.Contains("/.", StringComparison.Ordinal) && !raw.Contains("%2e", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var path = raw.Split('?', 2)[0].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase);
        return path.Split('/').Any(segment => segment is "." or "..");
    }

    private static void AddForwarded(HttpContext context, HttpRequestMessage request)
    {
        var headers = request.Headers;
        headers.TryAddWithoutValidation("X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        headers.TryAddWithoutValidation("X-Forwarded-Proto", context.Request.Scheme);
        headers.TryAddWithoutValidation("X-Forwarded-Host", context.Request.Host.Value);
    }
}
