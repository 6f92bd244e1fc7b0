using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Tda.Gateway.Operations;

/// <summary>A histogram that is read by scraping and, where somebody listens, by OpenTelemetry.</summary>
internal sealed class HistogramMetric(Meter meter, MetricInfo info, double[] bounds)
{
    private readonly ConcurrentDictionary<LabelValues, HistogramSeries> _series = new();
    private readonly Histogram<double> _listened = meter.CreateHistogram(
        info.Name, info.Unit, info.Help, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    public MetricInfo Info => info;

    public double[] Bounds => bounds;

    /// <summary>The time series so far.</summary>
    public IEnumerable<KeyValuePair<LabelValues, HistogramSeries>> Series => _series;

    /// <summary>The time series of some labels. Who records often keeps it: looking it up costs more than recording.</summary>
    public HistogramSeries Of(LabelValues labels = default) =>
        _series.TryGetValue(labels, out var known) ? known : _series.GetOrAdd(labels, new HistogramSeries(_listened, labels.Named(info), bounds));
}
