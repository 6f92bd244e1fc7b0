using Microsoft.AspNetCore.Http;

namespace Tda.Gateway.Security;

/// <summary>
/// Keeps other sites from posting in the name of someone who is logged in. The session's cookie is SameSite=Strict; this
/// holds where a browser or a site on the same host name gets around that.
/// </summary>
internal static class RequestOrigin
{
    /// <summary>Whether a request that changes something comes from our own pages, or from no browser at all.</summary>
    public static bool IsOwn(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return true;
        }

        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var origin = request.Headers.Origin.ToString();
        return site is "" or "same-origin" or "none"
            && (origin.Length == 0 || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase));
    }
}
