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

/// <summary>The written names of <see cref="TerminalState"/>, as in files, the store and options.</summary>
public static class TerminalStates
{
    private static readonly Dictionary<string, TerminalState> ByName = Enum.GetValues<TerminalState>().ToDictionary(Name);

    /// <summary>All states, in the enumeration's order.</summary>
    public static IReadOnlyList<TerminalState> All { get; } = Enum.GetValues<TerminalState>();

    /// <summary>The state's name in snake case, e.g. <c>client_abort</c>.</summary>
    public static string Name(this TerminalState state) => state switch
    {
        TerminalState.Complete => "complete",
        TerminalState.ClientAbort => "client_abort",
        TerminalState.UpstreamAbort => "upstream_abort",
        TerminalState.Timeout => "timeout",
        TerminalState.Truncated => "truncated",
        TerminalState.GatewayAbort => "gateway_abort",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "not a terminal state"),
    };

    /// <summary>Reads a name written by <see cref="Name"/>; false when it is none.</summary>
    public static bool TryParse(string? name, out TerminalState state) => ByName.TryGetValue(name ?? "", out state);
}
