using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Tda.Core.Drift;
using Tda.Gateway.Costs;
using Tda.Gateway.Operations;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Operations;

/// <summary>A gateway's metrics, read as Prometheus reads them.</summary>
internal sealed class ScrapedMetrics : IAsyncDisposable
{
    private readonly TelemetryExport _export;
    private readonly TempDirectory _home;

    public ScrapedMetrics(int maxModels)
    {
        _home = new();
        _home.Write(PriceList.FileName, """{"models":{"*":{"input":1,"output":2}}}""");
        Metrics = new(maxModels, new HeldPrices(null, new(_home.Path), TimeProvider.System));
        SurrogateMetricsTests.Write(_home.Path, "s", DriftState.Fresh, .5);
        _ = new SurrogateMetrics(Metrics.Meter, Path.Combine(_home.Path, "surrogates"));
        _export = new(Metrics, new());
    }

    public GatewayMetrics Metrics { get; }

    /// <summary>The series, a line each.</summary>
    public async Task<string[]> ReadAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        await using var app = builder.Build();
        _export.MapPrometheus(app, () => true);
        await app.StartAsync();
        using var http = new HttpClient();
        return (await http.GetStringAsync(app.Urls.Single() + "/metrics")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Those that begin so.</summary>
    public async Task<string[]> ReadAsync(string start) => [.. (await ReadAsync()).Where(line => line.StartsWith(start, StringComparison.Ordinal))];

    public ValueTask DisposeAsync()
    {
        _export.Dispose();
        Metrics.Dispose();
        _home.Dispose();
        return ValueTask.CompletedTask;
    }
}
