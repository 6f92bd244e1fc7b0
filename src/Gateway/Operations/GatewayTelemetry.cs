using Microsoft.Extensions.Logging;
using Tda.Gateway.Costs;

namespace Tda.Gateway.Operations;

/// <summary>All that a gateway tells of itself in numbers and spans.</summary>
internal sealed partial class GatewayTelemetry : IDisposable
{
    private readonly GenAiSpans _spans;
    private readonly Budgets _budgets;
    private readonly ILogger _logger;

    public GatewayTelemetry(LiveOptions live, Budgets budgets, HeldPrices prices, ILogger logger)
    {
        var options = live.Current.Telemetry;
        _budgets = budgets;
        _logger = logger;
        Metrics = new GatewayMetrics(options.MaxModels, prices);
        _ = new SurrogateMetrics(Metrics.Meter, TdaHome.Resolve(live.Current.Home).FolderOf(ArtifactKind.Surrogate));
        _spans = new GenAiSpans(live);
        Export = new TelemetryExport(Metrics, options);
    }

    public GatewayMetrics Metrics { get; }

    public TelemetryExport Export { get; }

    /// <summary>An exchange was parsed and stored. Never throws: no exchange is kept back because of a number.</summary>
    public void Recorded(Exchange exchange)
    {
        try
        {
            _budgets.Add(exchange);
            Metrics.Used(exchange);
            if (GenAiCall.Of(exchange) is { } call)
            {
                Metrics.GenAi.Add(exchange, call);
                _spans.Add(exchange, call);
            }
        }
        catch (Exception error)
        {
            NotCounted(_logger, exchange.Id, error);
        }
    }

    /// <summary>Sends what is left, then stops.</summary>
    public void Dispose()
    {
        Export.Dispose();
        _spans.Dispose();
        Metrics.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "exchange {Id} is recorded, but not in the metrics")]
    private static partial void NotCounted(ILogger logger, string id, Exception error);
}
