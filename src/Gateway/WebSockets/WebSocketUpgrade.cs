using Microsoft.AspNetCore.Http.Features;
using Tda.Gateway.Capture;
using Tda.Gateway.Recording;
using Tda.Gateway.Spool;

namespace Tda.Gateway.WebSockets;

/// <summary>
/// Stands where the forwarder takes over a client's connection (RFC 6455's upgrade, RFC 8441's extended CONNECT), so that nothing
/// passes through it unrecorded. An upgrade to any other protocol is not made: the request is forwarded without.
/// </summary>
internal sealed class WebSocketUpgrade : IHttpUpgradeFeature, IHttpExtendedConnectFeature, IDisposable
{
    private const string Name = "websocket";

    private readonly HttpContext _context;
    private readonly ExchangeCapture _capture;
    private readonly Recorder _recorder;
    private readonly Durability _durability;
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly IHttpUpgradeFeature? _upgrade;
    private readonly IHttpExtendedConnectFeature? _connect;

    private WebSocketUpgrade(HttpContext context, ExchangeCapture capture, Recorder recorder, Durability durability, GatewayOptions options, TimeProvider time)
    {
        _context = context;
        _capture = capture;
        _recorder = recorder;
        _durability = durability;
        _options = options;
        _time = time;
        _upgrade = context.Features.Get<IHttpUpgradeFeature>();
        _connect = context.Features.Get<IHttpExtendedConnectFeature>();
    }

    /// <summary>The connection's messages; null while it is none.</summary>
    public WebSocketCapture? Messages { get; private set; }

    public bool IsUpgradableRequest => IsUpgrade(_upgrade, _context.Request);

    public bool IsExtendedConnect => IsConnect(_connect);

    string? IHttpExtendedConnectFeature.Protocol => _connect?.Protocol;

    /// <summary>Whether a request asks for a WebSocket.</summary>
    public static bool IsAsked(HttpContext context) =>
        IsUpgrade(context.Features.Get<IHttpUpgradeFeature>(), context.Request) || IsConnect(context.Features.Get<IHttpExtendedConnectFeature>());

    /// <summary>Whether a request asks for an upgrade, of whatever kind.</summary>
    public static bool WantsAny(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    /// <summary>Puts itself in the forwarder's way; null for a request that wants no upgrade.</summary>
    /// <param name="context">The request.</param>
    /// <param name="capture">Takes the messages.</param>
    /// <param name="recorder">Is asked to keep them before an end goes to the client.</param>
    /// <param name="durability">What is promised of them.</param>
    /// <param name="options">The options in force.</param>
    /// <param name="time">The clock.</param>
    public static WebSocketUpgrade? Watch(
        HttpContext context, ExchangeCapture capture, Recorder recorder, Durability durability, GatewayOptions options, TimeProvider time)
    {
        if (!WantsAny(context))
        {
            return null;
        }

        var watch = new WebSocketUpgrade(context, capture, recorder, durability, options, time);
        context.Features.Set<IHttpUpgradeFeature>(watch);
        context.Features.Set<IHttpExtendedConnectFeature>(watch);
        return watch;
    }

    public async Task<Stream> UpgradeAsync() => Tee(await _upgrade!.UpgradeAsync());

    public async ValueTask<Stream> AcceptAsync() => Tee(await _connect!.AcceptAsync());

    public void Dispose() => Messages?.Dispose();

    private WebSocketTee Tee(Stream client)
    {
        _capture.Upgraded();
        Messages = new(_capture, _context.Response.Headers.SecWebSocketExtensions, _options.MaxRecordedBodyBytes, _time);
        return new(client, Messages, _durability == Durability.Memory ? null : KeepAsync);
    }

    /// <summary>Keeps what has come; where that fails, an end doesn't reach the client, unless it may pass unrecorded.</summary>
    private async Task KeepAsync()
    {
        try
        {
            await _recorder.SpoolProgressAsync(_capture, _durability);
        }
        catch (IOException) when (_options.Spool.WhenFull == SpoolFullPolicy.PassUnrecorded)
        {
            // What becomes of the exchange is told when it is settled.
        }
    }

    private static bool IsUpgrade(IHttpUpgradeFeature? upgrade, HttpRequest request) => upgrade is { IsUpgradableRequest: true } && IsWebSocket(request.Headers.Upgrade);

    private static bool IsConnect(IHttpExtendedConnectFeature? connect) => connect is { IsExtendedConnect: true } && IsWebSocket(connect.Protocol);

    private static bool IsWebSocket(string? protocol) => string.Equals(protocol, Name, StringComparison.OrdinalIgnoreCase);
}
