namespace Tda.Gateway.Operations;

/// <summary>Tells the gateway's state; the recorder implements it.</summary>
internal interface IGatewayState
{
    /// <summary>The state now, its counters taken so that the equation holds: settled ones before those under way.</summary>
    GatewayState Read();
}
