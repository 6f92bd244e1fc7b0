using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Tda.Gateway.Operations;

/// <summary>
/// Shows metrics to Prometheus, and sends metrics and spans to an OTLP collector if there is one. What a collector does not take is
/// dropped: the record is the store.
/// </summary>
internal sealed class TelemetryExport : IDisposable
{
    private static readonly string Version = typeof(TelemetryExport).Assembly.GetName().Version!.ToString(3);

    private readonly MeterProvider _metrics;
    private readonly TracerProvider? _spans;

    public TelemetryExport(GatewayMetrics metrics, TelemetryOptions options)
    {
        var interval = (int)options.ExportInterval.TotalMilliseconds;
        var builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(Resource)
            .AddMeter(GatewayMetrics.SourceName)

            // A process may run several gateways: each tells of itself alone.
            .AddView(instrument => ReferenceEquals(instrument.Meter, metrics.Meter) ? null : MetricStreamConfiguration.Drop)
            .AddPrometheusExporter(prometheus =>
            {
                prometheus.ScrapeResponseCacheDurationMilliseconds = 0;
                prometheus.ScopeInfoEnabled = false;
                prometheus.TargetInfoEnabled = false;
            });
        if (options.OtlpEndpoint is not null)
        {
            builder.AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, options, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = interval;
            });
            _spans = Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(Resource)
                .AddSource(GatewayMetrics.SourceName)
                .SetSampler(new AlwaysOnSampler())
                .AddOtlpExporter(exporter =>
                {
                    Configure(exporter, options, "traces");
                    exporter.BatchExportProcessorOptions = new() { ScheduledDelayMilliseconds = interval };
                })
                .Build();
        }

        _metrics = builder.Build();

        void Resource(ResourceBuilder resource) => resource.AddService(options.ServiceName, serviceVersion: Version);
    }

    /// <summary>Maps <c>/metrics</c>, which Prometheus scrapes.</summary>
    /// <param name="routes">The gateway's own pages.</param>
    /// <param name="enabled">Whether it answers now; else it is 404.</param>
    public void MapPrometheus(IEndpointRouteBuilder routes, Func<bool> enabled) =>
        routes.MapPrometheusScrapingEndpoint("/metrics", _metrics, branch => branch.Use(next => context =>
        {
            if (enabled())
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }), optionsName: null);

    /// <summary>Sends what is left, then stops.</summary>
    public void Dispose()
    {
        _spans?.Dispose();
        _metrics.Dispose();
    }

    private static void Configure(OtlpExporterOptions exporter, TelemetryOptions options, string signal)
    {
        var grpc = options.OtlpProtocol == OtlpProtocol.Grpc;
        exporter.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri(grpc ? options.OtlpEndpoint! : $"{options.OtlpEndpoint!.TrimEnd('/')}/v1/{signal}");
    }
}
