using System.Diagnostics.Metrics;

namespace Tda.Gateway.Operations;

/// <summary>A metric that is read from the health report when somebody asks, so that both say the same.</summary>
/// <param name="Info">Its name.</param>
/// <param name="Counter">Whether it only grows.</param>
/// <param name="Read">Its values by label; one with an empty label where it has none.</param>
internal sealed record ObservedMetric(MetricInfo Info, bool Counter, Func<HealthReport, IEnumerable<KeyValuePair<string, double>>> Read)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ObservedMetric> All { get; } =
    [
        Count(new("tda.gateway.recorded", "{exchange}", "Exchanges in the store."), report => report.Recorded),
        new(new("tda.gateway.dropped", "{exchange}", "Declared drops: exchanges forwarded and not recorded.", "cause"), true, report => Causes(report.Drops)),
        new(new("tda.gateway.refused", "{request}", "Requests that were not forwarded.", "cause"), true, report => Causes(report.Refusals)),
        Count(new("tda.gateway.store.errors", "{error}", "Writes to the store that failed."), report => report.StoreErrors),
        Gauge(new("tda.gateway.in_flight", "{request}", "Requests under way."), report => report.InFlight),
        Gauge(new("tda.gateway.pending", "{exchange}", "Exchanges in the spool that the store does not have yet."), report => report.Pending),
        Gauge(new("tda.gateway.pending.size", "By", "Bytes of the pending exchanges."), report => report.PendingBytes),
        Gauge(new("tda.gateway.drain.lag", "s", "How long the oldest pending exchange has waited for the store."), report => report.LagSeconds),
        Gauge(new("tda.gateway.reconciliation.difference", "{exchange}", "Forwarded less recorded, pending, dropped and in flight: must be 0."),
            report => report.Difference),
        Gauge(new("tda.gateway.spool.size", "By", "Bytes that the spool takes on the disk."), report => report.SpoolBytes),
        Gauge(new("tda.gateway.spool.segments", "{file}", "Segment files of the spool."), report => report.SpoolSegments),
        Gauge(new("tda.gateway.disk.free", "By", "Bytes left on the disk that holds the home."), report => report.DiskFreeBytes ?? double.NaN),
        Gauge(new("tda.gateway.ready", "1", "1 when the gateway takes requests."), report => report.Ready ? 1 : 0),
        Gauge(new("tda.gateway.configuration.valid", "1", "0 while a changed configuration can't be used."), report => report.ConfigurationError is null ? 1 : 0),
    ];

    /// <summary>Lets OpenTelemetry read it.</summary>
    public void Publish(Meter meter, Func<HealthReport?> health)
    {
        if (Counter)
        {
            meter.CreateObservableCounter(Info.Name, Measure, Info.Unit, Info.Help);
        }
        else
        {
            meter.CreateObservableGauge(Info.Name, Measure, Info.Unit, Info.Help);
        }

        IEnumerable<Measurement<double>> Measure() => health() is not { } report ? [] : Read(report).Select(value => Info.Labels.Length == 0
            ? new Measurement<double>(value.Value)
            : new Measurement<double>(value.Value, new KeyValuePair<string, object?>(Info.Labels[0], value.Key)));
    }

    private static ObservedMetric Count(MetricInfo info, Func<HealthReport, double> value) => new(info, true, report => [new("", value(report))]);

    private static ObservedMetric Gauge(MetricInfo info, Func<HealthReport, double> value) => new(info, false, report => [new("", value(report))]);

    private static IEnumerable<KeyValuePair<string, double>> Causes(IReadOnlyDictionary<string, long> causes) =>
        causes.Select(cause => new KeyValuePair<string, double>(cause.Key, cause.Value));
}
