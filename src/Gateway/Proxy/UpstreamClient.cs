using System.Net;

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

        // A provider behind a load balancer changes its addresses; connections must not outlive them for long.
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
    }));
}
