using System.Net;
using System.Net.Sockets;

namespace Tda.TestKit;

/// <summary>
/// A TCP port that was free a moment ago. Where the server can be asked for its port, listen on port 0 instead: another
/// process may take this one first.
/// </summary>
public static class FreePort
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
