using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Attack;

/// <summary>A model's API that answers as the attack wants: plain, as a stream, or with packed bodies of its choice.</summary>
internal sealed class AttackUpstream : IAsyncDisposable
{
    /// <summary>The request's header that names one of <see cref="Answers"/>.</summary>
    public const string AnswerHeader = "X-Answer";

    private readonly WebApplication _app;
    private long _taken;

    private AttackUpstream(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single());

    /// <summary>Bodies by name: what is sent, and its Content-Encoding; without one it is a stream of events.</summary>
    public ConcurrentDictionary<string, (byte[] Body, string Encoding)> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>Targets as they came, in order.</summary>
    public ConcurrentQueue<string> Targets { get; } = new();

    /// <summary>Decides whether an Authorization is good; null takes any.</summary>
    public Func<string, bool>? Accepts { get; set; }

    /// <summary>Requests that came.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    public static async Task<AttackUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
        });
        var app = builder.Build();
        var upstream = new AttackUpstream(app);
        app.UseWebSockets();
        app.Run(upstream.AnswerAsync);
        await app.StartAsync();
        return upstream;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { DangerousEnableCompression = true });
        var buffer = new byte[16 << 10];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
            {
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException)
        {
            // The client has left, or sent what is no frame.
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _taken);
        Targets.Enqueue(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        if (context.WebSockets.IsWebSocketRequest)
        {
            await EchoAsync(context);
            return;
        }

        using var request = new StreamReader(context.Request.Body);
        var piece = new char[4096];
        var start = new string(piece, 0, await request.ReadAsync(piece));
        while (await request.ReadAsync(piece) > 0)
        {
        }

        var response = context.Response;
        if (Accepts is { } accepts && !accepts(context.Request.Headers.Authorization.ToString()))
        {
            response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (Answers.TryGetValue(context.Request.Headers[AnswerHeader].ToString(), out var packed))
        {
            response.ContentType = packed.Encoding.Length == 0 ? "text/event-stream" : "application/json";
            if (packed.Encoding.Length > 0)
            {
                response.Headers.ContentEncoding = packed.Encoding;
            }

            response.ContentLength = packed.Body.Length;
            await response.Body.WriteAsync(packed.Body);
        }
        else if (start.Contains("\"stream\":true", StringComparison.Ordinal))
        {
            response.ContentType = "text/event-stream";
            for (var i = 0; i < 20; i++)
            {
                await response.WriteAsync(Payload.Event("chatcmpl-a", "a", last: i == 19), context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
            }

            await response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
        }
        else
        {
            response.ContentType = "application/json";
            await response.WriteAsync(Payload.Answer("chatcmpl-a"), context.RequestAborted);
        }
    }
}
