using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Gateway.Cases;

/// <summary>PostgreSQL stopped for the middle third of the load.</summary>
internal sealed class PostgresStoppedCase : IGatewayCase
{
    public string Name => "store-stopped-postgres";

    public async Task<CaseOutcome> RunAsync(GatewayBenchOptions options)
    {
        var help = await Tools.RunAsync(ServerProcess.Managed(options.Programs.Tda, "gateway", "--help"), TimeSpan.FromSeconds(30));
        if (!help.Contains("--store", StringComparison.Ordinal))
        {
            throw new TdaException("this build's `tda gateway` has no --store");
        }

        await using var server = await PostgresServer.StartAsync(options.Scratch);
        return await StoppedStore.RunAsync(
            options,
            upstream => TdaGateway.StartAsync(options.Programs.Tda, upstream, Path.Combine(options.Scratch, "home"), "written", server.Address, server.Credentials),
            _ => Task.FromResult<IStoreBreaker>(server));
    }
}
