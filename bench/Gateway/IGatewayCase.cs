namespace Tda.Bench.Gateway;

/// <summary>One question about the gateway.</summary>
internal interface IGatewayCase
{
    string Name { get; }

    /// <summary>Measures, and prints a table.</summary>
    Task<CaseOutcome> RunAsync(GatewayBenchOptions options);
}
