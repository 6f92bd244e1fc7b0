using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;

namespace Tda.Review;

/// <summary>Where a server of the desk listens.</summary>
internal static class ListenAddress
{
    /// <summary>Reads <c>http://address:port</c> or <c>https://address:port</c>; <c>localhost</c> stands for 127.0.0.1.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out IPEndPoint? endPoint, [NotNullWhen(false)] out string? error)
    {
        endPoint = null;
        error = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            error = $"must be an http or https URL such as http://127.0.0.1:8787, not '{text}'";
        }
        else if (uri.AbsolutePath != "/" || uri.Query.Length > 0)
        {
            error = $"must not have a path or query: '{text}'";
        }
        else if (string.Equals(uri.Host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            endPoint = new(IPAddress.Loopback, uri.Port);
        }
        else if (IPAddress.TryParse(uri.DnsSafeHost, out var address))
        {
            endPoint = new(address, uri.Port);
        }
        else
        {
            error = $"must name an address of this machine (127.0.0.1, 0.0.0.0, [::1]) or localhost, not '{uri.Host}'";
        }

        return endPoint is not null;
    }

    /// <summary>Starts a server that was set up to listen there.</summary>
    /// <exception cref="TdaException">The address can't be listened on; the message says why.</exception>
    public static async Task StartAsync(WebApplication app, string listen, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new TdaException($"{listen} is in use by another program: stop it, or choose another address with --listen.", error);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            throw new TdaException($"{listen} can't be listened on: {error.Message}. Choose another address with --listen.", error);
        }
    }
}
