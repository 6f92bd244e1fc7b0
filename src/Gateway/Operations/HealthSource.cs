namespace Tda.Gateway.Operations;

/// <summary>Makes reports of a gateway's health.</summary>
internal sealed class HealthSource(IGatewayState state, string store, string home, TimeProvider time)
{
    private bool _draining;

    /// <summary>How the configuration stands.</summary>
    public Func<ConfigurationStatus> Configuration { get; init; } = () => new ConfigurationStatus();

    /// <summary>From here on the gateway is not ready: it is about to stop.</summary>
    public void Drain() => Volatile.Write(ref _draining, true);

    /// <summary>The report now.</summary>
    public HealthReport Now() => HealthReport.Of(state.Read(), Configuration(), Volatile.Read(ref _draining), store, FreeBytes(home), time.GetUtcNow());

    private static long? FreeBytes(string home)
    {
        try
        {
            return new DriveInfo(home).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>Tells the gateway's state; the recorder implements it.</summary>
internal interface IGatewayState
{
    /// <summary>The state now, its counters taken so that the equation holds: settled ones before those under way.</summary>
    GatewayState Read();
}
