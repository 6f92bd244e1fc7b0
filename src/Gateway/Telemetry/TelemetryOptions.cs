namespace Tda.Gateway.Telemetry;

/// <summary>Where metrics and traces go.</summary>
public sealed record TelemetryOptions
{
    internal IEnumerable<string> Errors() => [];
}
