namespace Tda.Gateway.Configuration;

/// <summary>The options in force. A request reads them once, at its start, so that a change never splits it.</summary>
internal sealed class LiveOptions(GatewayOptions initial)
{
    private GatewayOptions _current = initial;

    /// <summary>The options now.</summary>
    public GatewayOptions Current => Volatile.Read(ref _current);

    /// <summary>Puts checked options in force.</summary>
    public void Replace(GatewayOptions options) => Volatile.Write(ref _current, options);
}
