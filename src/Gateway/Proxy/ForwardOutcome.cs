using Yarp.ReverseProxy.Forwarder;

namespace Tda.Gateway.Proxy;

/// <summary>What became of a forwarded request, and who is to blame.</summary>
/// <param name="State">How it ended on the wire.</param>
/// <param name="Failure">In words, when it did not end well.</param>
internal sealed record ForwardOutcome(TerminalState State, string? Failure)
{
    /// <summary>The forwarder's clock runs while the client is written to as well: that silence is not the upstream's.</summary>
    public static ForwardOutcome ClientStalled { get; } = new(TerminalState.ClientAbort, "the client took nothing of the answer for as long as the upstream may be silent");

    /// <summary>A client that left a WebSocket without closing it.</summary>
    public static ForwardOutcome ClientLeft { get; } = new(TerminalState.ClientAbort, "the client left without closing the connection");

    /// <summary>A WebSocket that the gateway broke, since its messages could not be kept.</summary>
    public static ForwardOutcome NotKept { get; } = new(TerminalState.UpstreamAbort, "the gateway itself failed: the spool did not take the connection's messages");

    /// <summary>An upstream that ended a WebSocket without closing it.</summary>
    public static ForwardOutcome UpstreamLeft { get; } = new(TerminalState.UpstreamAbort, "the upstream ended the connection without closing it");

    /// <summary>
    /// Reads the forwarder's verdict. A cancelled read or write is the client's doing if it has left, else the clock's;
    /// HOWEVER the forwarder blames the upstream when the clock cancels a read of its answer, so the exception decides.
    /// </summary>
    public static ForwardOutcome Of(ForwarderError error, Exception? exception, bool clientLeft, bool stopping) => error switch
    {
        ForwarderError.None => new(TerminalState.Complete, null),
        ForwarderError.RequestTimedOut => new(TerminalState.Timeout, "the upstream did not answer in time"),
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled => Cancelled("before the answer began", clientLeft, stopping),
        ForwarderError.ResponseBodyCanceled => Cancelled("inside the answer", clientLeft, stopping),
        ForwarderError.RequestBodyClient or ForwarderError.RequestBodyDestination when exception is OperationCanceledException =>
            Cancelled("inside the request", clientLeft, stopping),
        ForwarderError.ResponseBodyClient or ForwarderError.ResponseBodyDestination when exception is OperationCanceledException =>
            Cancelled("inside the answer", clientLeft, stopping),
        ForwarderError.RequestBodyClient => new(TerminalState.ClientAbort, "the client broke off inside its request"),
        ForwarderError.ResponseBodyClient => new(TerminalState.ClientAbort, "the client left inside the answer"),
        ForwarderError.RequestBodyDestination => new(TerminalState.UpstreamAbort, "the upstream broke off inside the request"),
        ForwarderError.ResponseBodyDestination => new(TerminalState.UpstreamAbort, "the upstream broke off inside the answer"),
        ForwarderError.UpgradeActivityTimeout => new(TerminalState.Timeout, "nothing passed on the connection for as long as the upstream may be silent"),
        ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled => Cancelled("inside the connection", clientLeft, stopping),
        ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient => stopping ? Cancelled("inside the connection", clientLeft: true, stopping) : ClientLeft,
        ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination when exception is OperationCanceledException =>
            Cancelled("inside the connection", clientLeft, stopping),
        ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination => UpstreamLeft,
        ForwarderError.ResponseHeaders => new(TerminalState.UpstreamAbort, "the upstream's headers could not be passed on"),
        ForwarderError.Request => new(TerminalState.UpstreamAbort, "the upstream could not be reached, or broke off before it answered"),
        _ => new(TerminalState.UpstreamAbort, $"the request could not be forwarded ({error})"),
    };

    private static ForwardOutcome Cancelled(string when, bool clientLeft, bool stopping) =>
        !clientLeft ? new(TerminalState.Timeout, $"the upstream fell silent {when}")
        : stopping ? new(TerminalState.ClientAbort, $"the gateway was stopped {when}")
        : new(TerminalState.ClientAbort, $"the client left {when}");
}
