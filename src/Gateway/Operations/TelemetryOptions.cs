namespace Tda.Gateway.Operations;

/// <summary>Where metrics and traces go. Bodies, prompts and answers are in none of them.</summary>
public sealed record TelemetryOptions
{
    /// <summary>Whether <c>/metrics</c> answers, in Prometheus' text format. Default true.</summary>
    public bool Prometheus { get; init; } = true;

    /// <summary>
    /// Whether <c>/metrics</c> answers without the admin credential: it has counts, and the names of routes and models, but nothing that
    /// anybody wrote. Default false.
    /// </summary>
    public bool OpenMetrics { get; init; }

    /// <summary>
    /// The OTLP collector that gets metrics and traces, e.g. <c>http://127.0.0.1:4318</c>; null sends nothing. Headers, such
    /// as a credential, are taken from <c>OTEL_EXPORTER_OTLP_HEADERS</c>. Default null.
    /// </summary>
    [NeedsRestart]
    public string? OtlpEndpoint { get; init; }

    /// <summary>The protocol. Default <see cref="OtlpProtocol.HttpProtobuf"/>.</summary>
    [NeedsRestart]
    public OtlpProtocol OtlpProtocol { get; init; }

    /// <summary>Between two exports. Default 15 s, 100 ms to 1 h.</summary>
    [NeedsRestart]
    public TimeSpan ExportInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The name under which the gateway appears. Default <c>tda-gateway</c>.</summary>
    [NeedsRestart]
    public string ServiceName { get; init; } = "tda-gateway";

    /// <summary>The share of exchanges that get a span, 0 to 1; which ones follows from their id. Default 1.</summary>
    public double TraceShare { get; init; } = 1;

    /// <summary>
    /// Different models named in metrics; further ones count as <c>other</c>, since clients can invent names. Default 50, 1 to 1000.
    /// </summary>
    [NeedsRestart]
    public int MaxModels { get; init; } = 50;

    internal IEnumerable<OptionError> Errors() => new GroupChecks("telemetry")

        // Not repeated in the message: it might hold a password.
        .Require(
            OtlpEndpoint is null
                || (Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") && uri.UserInfo.Length == 0),
            "otlp_endpoint",
            "must be an http or https URL without a password, such as http://127.0.0.1:4318")
        .RequireDefined<OtlpProtocol>(OtlpProtocol, "otlp_protocol")
        .Require(ExportInterval >= TimeSpan.FromMilliseconds(100) && ExportInterval <= TimeSpan.FromHours(1), "export_interval",
            $"must be 100 ms to 1 h, not {ExportInterval}")
        .Require(!string.IsNullOrWhiteSpace(ServiceName), "service_name", "must not be empty")
        .Require(TraceShare is >= 0 and <= 1, "trace_share", $"must be 0 to 1, not {TraceShare}")
        .Require(MaxModels is >= 1 and <= 1000, "max_models", $"must be 1 to 1000, not {MaxModels}")
        .Errors;
}

/// <summary>How telemetry travels to a collector.</summary>
public enum OtlpProtocol
{
    /// <summary>Protocol buffers over HTTP; collectors listen on port 4318. The default.</summary>
    HttpProtobuf,

    /// <summary>gRPC; collectors listen on port 4317.</summary>
    Grpc,
}
