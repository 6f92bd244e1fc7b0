using System.Globalization;
using System.Text;

namespace Tda.Gateway.Operations;

/// <summary>Writes metrics in Prometheus' text exposition format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(GatewayMetrics metrics)
    {
        var text = new StringBuilder();
        foreach (var counter in metrics.Counters)
        {
            var name = counter.Info.Prometheus + "_total";
            Head(text, name, "counter", counter.Info);
            foreach (var (labels, value) in counter.Series)
            {
                Sample(text, name, counter.Info, labels, null, Interlocked.Read(ref value.Value));
            }
        }

        if (metrics.Health() is { } report)
        {
            foreach (var observed in ObservedMetric.All)
            {
                var name = observed.Info.Prometheus + (observed.Counter ? "_total" : "");
                Head(text, name, observed.Counter ? "counter" : "gauge", observed.Info);
                foreach (var (label, value) in observed.Read(report))
                {
                    Sample(text, name, observed.Info, new(label), null, value);
                }
            }
        }

        foreach (var histogram in metrics.Histograms)
        {
            Write(text, histogram);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, HistogramMetric histogram)
    {
        var name = histogram.Info.Prometheus;
        Head(text, name, "histogram", histogram.Info);
        foreach (var (labels, series) in histogram.Series)
        {
            var (cumulative, sum) = series.Cells.Read();
            for (var i = 0; i < cumulative.Length; i++)
            {
                Sample(text, name + "_bucket", histogram.Info, labels, i < histogram.Bounds.Length ? Number(histogram.Bounds[i]) : "+Inf", cumulative[i]);
            }

            Sample(text, name + "_sum", histogram.Info, labels, null, sum);
            Sample(text, name + "_count", histogram.Info, labels, null, cumulative[^1]);
        }
    }

    private static void Head(StringBuilder text, string name, string type, MetricInfo info) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(info.Help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Sample(StringBuilder text, string name, MetricInfo info, LabelValues labels, string? bound, double value)
    {
        text.Append(name);
        var opening = '{';
        for (var i = 0; i < info.PrometheusLabels.Length; i++)
        {
            if (labels[i] is { } label)
            {
                Label(info.PrometheusLabels[i], label);
            }
        }

        if (bound is not null)
        {
            Label("le", bound);
        }

        text.Append(opening == ',' ? "} " : " ").Append(Number(value)).Append('\n');

        void Label(string key, string content)
        {
            text.Append(opening).Append(key).Append("=\"");
            opening = ',';
            foreach (var c in content)
            {
                _ = c switch
                {
                    '\\' => text.Append("\\\\"),
                    '"' => text.Append("\\\""),
                    '\n' => text.Append("\\n"),
                    _ => text.Append(c),
                };
            }

            text.Append('"');
        }
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? value > 0 ? "+Inf" : "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
