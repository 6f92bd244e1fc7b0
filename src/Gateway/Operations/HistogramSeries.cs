using System.Diagnostics.Metrics;

namespace Tda.Gateway.Operations;

/// <summary>One time series of a histogram, with the labels that OpenTelemetry gets where it listens.</summary>
internal sealed class HistogramSeries(Histogram<double> listened, KeyValuePair<string, object?>[] labels, double[] bounds)
{
    /// <summary>What a scrape reads.</summary>
    public HistogramCells Cells { get; } = new(bounds);

    public void Record(double value)
    {
        Cells.Record(value);
        if (listened.Enabled)
        {
            listened.Record(value, labels.AsSpan());
        }
    }
}
