using System.Net;
using System.Net.Sockets;

namespace Tda.Bench.Gateway.Processes;

/// <summary>For servers that can't be asked for port 0.</summary>
internal static class FreePorts
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
