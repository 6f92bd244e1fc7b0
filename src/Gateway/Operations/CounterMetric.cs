using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Tda.Gateway.Operations;

/// <summary>A counter that is read when somebody asks, by scraping or by OpenTelemetry; counting is one atomic addition.</summary>
internal sealed class CounterMetric
{
    private readonly ConcurrentDictionary<LabelValues, StrongBox<long>> _series = new();

    public CounterMetric(Meter meter, MetricInfo info)
    {
        Info = info;
        meter.CreateObservableCounter(
            info.Name, () => _series.Select(series => new Measurement<long>(Interlocked.Read(ref series.Value.Value), series.Key.Named(info))), info.Unit, info.Help);
    }

    public MetricInfo Info { get; }

    /// <summary>The time series so far.</summary>
    public IEnumerable<KeyValuePair<LabelValues, StrongBox<long>>> Series => _series;

    /// <summary>The time series of some labels, to count in. Who counts often keeps it.</summary>
    public StrongBox<long> Of(LabelValues labels) => _series.TryGetValue(labels, out var known) ? known : _series.GetOrAdd(labels, new StrongBox<long>());
}
