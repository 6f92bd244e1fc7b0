using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Tda.Gateway.Telemetry;

/// <summary>A counter that is read by scraping and, where somebody listens, by OpenTelemetry.</summary>
internal sealed class CounterMetric(Meter meter, MetricInfo info)
{
    private readonly ConcurrentDictionary<LabelValues, StrongBox<long>> _series = new();
    private readonly Counter<long> _listened = meter.CreateCounter<long>(info.Name, info.Unit, info.Help);

    public MetricInfo Info => info;

    /// <summary>The time series so far.</summary>
    public IEnumerable<KeyValuePair<LabelValues, StrongBox<long>>> Series => _series;

    public void Add(LabelValues labels = default)
    {
        if (!_series.TryGetValue(labels, out var count))
        {
            count = _series.GetOrAdd(labels, static _ => new StrongBox<long>());
        }

        Interlocked.Increment(ref count.Value);
        if (_listened.Enabled)
        {
            _listened.Add(1, HistogramMetric.Tags(info, labels));
        }
    }
}
