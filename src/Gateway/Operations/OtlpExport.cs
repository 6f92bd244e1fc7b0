using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Tda.Gateway.Operations;

/// <summary>Sends metrics and spans to an OTLP collector. It drops what a collector does not take: it is no record, the store is.</summary>
internal sealed class OtlpExport : IDisposable
{
    private static readonly string Version = typeof(OtlpExport).Assembly.GetName().Version!.ToString(3);

    private readonly MeterProvider _metrics;
    private readonly TracerProvider _spans;

    private OtlpExport(MeterProvider metrics, TracerProvider spans)
    {
        _metrics = metrics;
        _spans = spans;
    }

    /// <summary>Starts sending.</summary>
    public static OtlpExport Start(TelemetryOptions options)
    {
        var interval = (int)options.ExportInterval.TotalMilliseconds;
        var metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(Resource)
            .AddMeter(GatewayMetrics.SourceName)
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, options, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = interval;
            })
            .Build();
        var spans = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Resource)
            .AddSource(GatewayMetrics.SourceName)
            .SetSampler(new AlwaysOnSampler())
            .AddOtlpExporter(exporter =>
            {
                Configure(exporter, options, "traces");
                exporter.BatchExportProcessorOptions = new() { ScheduledDelayMilliseconds = interval };
            })
            .Build();
        return new(metrics, spans);

        void Resource(ResourceBuilder resource) => resource.AddService(options.ServiceName, serviceVersion: Version);
    }

    public void Dispose()
    {
        _spans.Dispose();
        _metrics.Dispose();
    }

    private static void Configure(OtlpExporterOptions exporter, TelemetryOptions options, string signal)
    {
        var grpc = options.OtlpProtocol == OtlpProtocol.Grpc;
        exporter.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri(grpc ? options.OtlpEndpoint! : $"{options.OtlpEndpoint!.TrimEnd('/')}/v1/{signal}");
    }
}
