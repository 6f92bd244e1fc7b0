namespace Tda.Core.Exchanges;

/// <summary>How an exchange ended, as seen on the wire.</summary>
public enum TerminalState
{
    /// <summary>The upstream's answer reached its protocol's end.</summary>
    Complete,

    /// <summary>The client left before the end.</summary>
    ClientAbort,

    /// <summary>The upstream refused, broke the connection, or sent less than it promised.</summary>
    UpstreamAbort,

    /// <summary>The upstream stayed silent for longer than the route's timeout.</summary>
    Timeout,

    /// <summary>
    /// The connection ended cleanly, but the streamed answer did not: neither <c>[DONE]</c> nor a finish reason came.
    /// (A recorded body cut at the recorder's limit is another thing: see <see cref="RecordedBody.Truncated"/>.)
    /// </summary>
    Truncated,

    /// <summary>The gateway itself died inside the exchange; what it had spooled by then is kept.</summary>
    GatewayAbort,
}
