using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Tda.Gateway.Telemetry;

/// <summary>
/// A histogram that is read by scraping and, where somebody listens, by OpenTelemetry. Its own cells cost a scrape's
/// reader nothing on the hot path but a look-up and two atomic additions.
/// </summary>
internal sealed class HistogramMetric(Meter meter, MetricInfo info, double[] bounds)
{
    private readonly ConcurrentDictionary<LabelValues, HistogramCells> _series = new();
    private readonly Histogram<double> _listened = meter.CreateHistogram(
        info.Name, info.Unit, info.Help, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    public MetricInfo Info => info;

    public double[] Bounds => bounds;

    /// <summary>The time series so far.</summary>
    public IEnumerable<KeyValuePair<LabelValues, HistogramCells>> Series => _series;

    public void Record(double value, LabelValues labels = default)
    {
        if (!_series.TryGetValue(labels, out var cells))
        {
            cells = _series.GetOrAdd(labels, static (_, of) => new HistogramCells(of), bounds);
        }

        cells.Record(value);
        if (_listened.Enabled)
        {
            _listened.Record(value, Tags(info, labels));
        }
    }

    internal static TagList Tags(MetricInfo info, in LabelValues labels)
    {
        var tags = new TagList();
        for (var i = 0; i < info.Labels.Length; i++)
        {
            if (labels[i] is { } label)
            {
                tags.Add(info.Labels[i], label);
            }
        }

        return tags;
    }
}
