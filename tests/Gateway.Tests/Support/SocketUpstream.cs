using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Tda.Gateway.Tests.Support;

/// <summary>An upstream that takes WebSockets, and does on each what a test's script says.</summary>
internal sealed class SocketUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SocketUpstream(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>The headers of every upgrade that came.</summary>
    public ConcurrentQueue<Dictionary<string, string>> Upgrades { get; } = new();

    /// <summary>Starts one.</summary>
    /// <param name="script">What it does on a connection; the connection ends with it.</param>
    /// <param name="compressed">Whether it agrees to permessage-deflate.</param>
    /// <param name="certificate">Its certificate; without one it speaks no TLS.</param>
    /// <param name="protocols">What it speaks.</param>
    public static Task<SocketUpstream> StartAsync(
        Func<WebSocket, Task> script, bool compressed = false, X509Certificate2? certificate = null, HttpProtocols protocols = HttpProtocols.Http1) =>
        StartByPathAsync(_ => script, compressed, certificate, protocols);

    /// <summary>As <see cref="StartAsync"/>, with a script for each path.</summary>
    public static async Task<SocketUpstream> StartByPathAsync(
        Func<string, Func<WebSocket, Task>> scripts, bool compressed = false, X509Certificate2? certificate = null, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            _ = certificate is null ? listen : listen.UseHttps(certificate);
        }));
        var upstream = new SocketUpstream(builder.Build());
        upstream._app.UseWebSockets();
        upstream._app.Run(context => upstream.ServeAsync(context, scripts(context.Request.Path), compressed));
        await upstream._app.StartAsync();
        return upstream;
    }

    /// <summary>Sends back what comes, until the other side closes.</summary>
    public static async Task EchoAsync(WebSocket socket)
    {
        while (await ReceiveAsync(socket) is { } message)
        {
            await socket.SendAsync(message.Data, message.Type, endOfMessage: true, CancellationToken.None);
        }

        await socket.CloseAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, CancellationToken.None);
    }

    /// <summary>The next message; null when the other side closes, or goes.</summary>
    public static async Task<(WebSocketMessageType Type, byte[] Data)?> ReceiveAsync(WebSocket socket)
    {
        var data = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            data.Write(buffer, 0, part.Count);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (part.EndOfMessage)
            {
                return (part.MessageType, data.ToArray());
            }
        }
    }

    public static async Task<string?> ReceiveTextAsync(WebSocket socket) => await ReceiveAsync(socket) is { } message ? Encoding.UTF8.GetString(message.Data) : null;

    public static Task SendAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    /// <summary>A client on a gateway or an upstream.</summary>
    public static async Task<ClientWebSocket> ConnectAsync(Uri server, string path = "/v1/realtime?model=gpt-realtime", Action<ClientWebSocketOptions>? change = null)
    {
        var client = new ClientWebSocket();
        client.Options.KeepAliveInterval = TimeSpan.Zero;
        change?.Invoke(client.Options);
        await client.ConnectAsync(new UriBuilder(new Uri(server, path)) { Scheme = "ws" }.Uri, CancellationToken.None);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context, Func<WebSocket, Task> script, bool compressed)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("{}");
            return;
        }

        if (context.Request.Query["model"] == "status-401")
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"error":{"message":"Incorrect API key provided"}}""");
            return;
        }

        Upgrades.Enqueue(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            DangerousEnableCompression = compressed,
            SubProtocol = context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(),
        });
        try
        {
            await script(socket);
        }
        catch (WebSocketException)
        {
            // The gateway or the test broke the connection.
        }
    }
}
