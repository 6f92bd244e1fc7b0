namespace Tda.Gateway.Operations;

/// <summary>A metric as both worlds name it.</summary>
/// <param name="Name">OpenTelemetry's name, e.g. <c>tda.gateway.spool.fsync</c>.</param>
/// <param name="Unit">Its unit: <c>s</c>, <c>By</c>, <c>{exchange}</c>.</param>
/// <param name="Help">What it counts.</param>
/// <param name="Labels">Names of its labels.</param>
internal sealed record MetricInfo(string Name, string Unit, string Help, params string[] Labels)
{
    /// <summary>The name in Prometheus: dots become underscores, the unit is spelled out.</summary>
    public string Prometheus { get; } = Name.Replace('.', '_') + Unit switch
    {
        "s" => "_seconds",
        "By" => "_bytes",
        _ => "",
    };

    /// <summary>Prometheus' names of the labels.</summary>
    public string[] PrometheusLabels { get; } = [.. Labels.Select(label => label.Replace('.', '_'))];
}
