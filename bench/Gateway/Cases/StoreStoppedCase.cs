using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway.Cases;

/// <summary>SQLite locked by another process for the middle third of the load.</summary>
internal sealed class StoreStoppedCase : IGatewayCase
{
    public string Name => "store-stopped-sqlite";

    public Task<CaseOutcome> RunAsync(GatewayBenchOptions options) => StoppedStore.RunAsync(
        options,
        upstream => TdaGateway.StartAsync(options.Programs.Tda, upstream, Path.Combine(options.Scratch, "home"), "written"),
        gateway => SqliteBreaker.StartAsync(Path.Combine(gateway.Home, "tda.db")));
}
