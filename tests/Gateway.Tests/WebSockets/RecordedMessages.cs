using Microsoft.AspNetCore.Http;
using Tda.Gateway.Capture;
using Tda.Gateway.Proxy;
using Tda.Gateway.Upstreams;
using Tda.Gateway.WebSockets;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>The messages of a recorded connection.</summary>
internal static class RecordedMessages
{
    /// <summary>A capture of a connection.</summary>
    public static ExchangeCapture Capture(HttpContext context, string session, TimeProvider time)
    {
        context.Request.Path = Routes.Realtime;
        var call = ForwardedCall.Take(context, new ForwardingPlan(new() { Upstream = "http://u" }, time), time.GetTimestamp())!;
        call.Upstream = call.Plan.Upstreams.Default;
        return new(context, Guid.CreateVersion7().ToString(), Routes.Realtime, session, call, new MemoryBudget(MemoryBudget.OfThisProcess), time);
    }

    /// <summary>What the client sent.</summary>
    public static List<WebSocketMessage> Sent(Exchange exchange) => [.. WebSocketLog.Read(exchange.RequestBody.Bytes)];

    /// <summary>What the upstream sent.</summary>
    public static List<WebSocketMessage> Received(Exchange exchange) => [.. WebSocketLog.Read(exchange.ResponseBody.Bytes)];

    /// <summary>The data messages as text.</summary>
    public static List<string> Texts(List<WebSocketMessage> messages) =>
        [.. messages.Where(message => message.Kind is WebSocketKind.Text or WebSocketKind.Binary).Select(message => Encoding.UTF8.GetString(message.Data))];

    /// <summary>Asserts that both sides' messages are numbered 1, 2, … without a gap, each side's in order.</summary>
    public static void AssertNumbered(Exchange exchange)
    {
        var numbers = Sent(exchange).Concat(Received(exchange)).Select(message => message.Number).ToList();
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => (long)number), numbers.Order());
        Assert.Equal(Sent(exchange).Select(message => message.Number).Order(), Sent(exchange).Select(message => message.Number));
        Assert.Equal(Received(exchange).Select(message => message.Number).Order(), Received(exchange).Select(message => message.Number));
    }
}
