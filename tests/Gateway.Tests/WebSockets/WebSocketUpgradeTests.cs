using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tda.Gateway.Capture;
using Tda.Gateway.WebSockets;

namespace Tda.Gateway.Tests.WebSockets;

public class WebSocketUpgradeTests
{
    // Under `memory` no recorder is asked.
    private static readonly GatewayOptions Options = new() { Upstream = "http://u" };

    [Fact]
    public async Task AcceptAsync_ExtendedConnect_MessagesAreNoted()
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "CONNECT";
        context.Features.Set<IHttpExtendedConnectFeature>(new Connect("websocket"));
        using var capture = Capture(context);

        Assert.True(WebSocketUpgrade.IsAsked(context));
        using var watch = WebSocketUpgrade.Watch(context, capture, recorder: null!, Durability.Memory, Options, TimeProvider.System);
        await using var stream = await context.Features.Get<IHttpExtendedConnectFeature>()!.AcceptAsync();
        await stream.WriteAsync(WebSocketFrameReaderTests.Frame(1, "hello"u8));

        Assert.True(capture.IsWebSocket);
        Assert.Equal("hello"u8.ToArray(), Assert.Single(WebSocketLog.Read(capture.Response.Kept)).Data);
    }

    [Fact]
    public void Watch_ConnectToAnotherProtocol_NotMade()
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpExtendedConnectFeature>(new Connect("webtransport"));
        using var capture = Capture(context);

        using var watch = WebSocketUpgrade.Watch(context, capture, recorder: null!, Durability.Memory, Options, TimeProvider.System);

        Assert.False(WebSocketUpgrade.IsAsked(context));
        Assert.False(context.Features.Get<IHttpExtendedConnectFeature>()!.IsExtendedConnect);
    }

    private static ExchangeCapture Capture(HttpContext context) => RecordedMessages.Capture(context, "s", TimeProvider.System);

    private sealed class Connect(string protocol) : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => true;

        public string Protocol => protocol;

        public ValueTask<Stream> AcceptAsync() => new(new MemoryStream());
    }
}
