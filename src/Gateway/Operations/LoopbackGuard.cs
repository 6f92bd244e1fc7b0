using System.Net;
using Microsoft.AspNetCore.Http;

namespace Tda.Gateway.Operations;

/// <summary>
/// On a loopback address the pages answer only to loopback names: else any web site could point its own name at 127.0.0.1
/// and read the log through the reader's browser.
/// </summary>
internal static class LoopbackGuard
{
    /// <summary>Whether a request may see the gateway's own pages.</summary>
    public static bool Allows(HttpContext context, IPEndPoint listening)
    {
        var host = context.Request.Host.Host;
        return !IPAddress.IsLoopback(listening.Address)
            || string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
    }
}
