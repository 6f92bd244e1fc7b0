using System.Net;

namespace Tda.Review.Accounts;

/// <summary>
/// Tells programs of this machine from what only reaches a loopback address through one of them: a web page in a browser, which may have
/// pointed a name of its own at 127.0.0.1, and a proxy that passes on what comes from elsewhere.
/// </summary>
internal static class LocalCaller
{
    private static readonly string[] OfProxies = ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"];

    /// <summary>Whether a request that came to a loopback address is a local program's own.</summary>
    public static bool Is(HttpRequest request) =>
        (!request.Host.HasValue || IsLocalName(request.Host.Host)) && !IsProxied(request) && !IsFromAnotherSite(request, IsLocalPage);

    /// <summary>Whether a proxy says that it passes the request on.</summary>
    public static bool IsProxied(HttpRequest request) => Array.Exists(OfProxies, request.Headers.ContainsKey);

    /// <summary>The scheme that a browser sees: a proxy that ends TLS says so. Only to be relied on where a lie harms none but the liar.</summary>
    public static string Scheme(HttpRequest request) =>
        string.Equals(request.Headers["X-Forwarded-Proto"], "https", StringComparison.OrdinalIgnoreCase) ? "https" : request.Scheme;

    /// <summary>Where a request comes from, as limits count by.</summary>
    public static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    /// <summary>Whether a host's name means this machine.</summary>
    public static bool IsLocalName(string host) => string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>
    /// Whether a request names the address that it came to. On a loopback address only loopback names do: else any web site could point its own
    /// name at 127.0.0.1 and read the log through the reader's browser.
    /// </summary>
    public static bool IsAddressedRightly(HttpRequest request, IPEndPoint listening) =>
        !IPAddress.IsLoopback(listening.Address) || IsLocalName(request.Host.Host);

    /// <summary>
    /// Whether a browser says that another site's page makes the request. Browsers send these headers with each, and pages can't forge them.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="isOwn">Whether an origin is one of ours.</param>
    public static bool IsFromAnotherSite(HttpRequest request, Func<string, bool> isOwn) =>
        request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "none" or "same-origin")
        || (request.Headers.Origin.ToString() is { Length: > 0 } origin && !isOwn(origin));

    private static bool IsLocalPage(string origin) => Uri.TryCreate(origin, UriKind.Absolute, out var page) && IsLocalName(page.Host);
}
