using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tda.Core.Drift;

namespace Tda.Gateway.Operations;

/// <summary>
/// What <c>tda drift</c> last found of the surrogates in the gateway's home, as gauges: the gateway reads the reports, and computes nothing. A
/// surrogate that was never looked at has none.
/// </summary>
internal sealed class SurrogateMetrics
{
    // One export reads all three gauges.
    private static readonly TimeSpan OneMoment = TimeSpan.FromSeconds(1);

    private readonly string _surrogates;
    private readonly Lock _gate = new();
    private List<DriftReport>? _reports;
    private long _readAt;

    /// <param name="meter">Where the gauges go.</param>
    /// <param name="surrogates">The folder that holds the surrogates; it may come later, or never.</param>
    public SurrogateMetrics(Meter meter, string surrogates)
    {
        _surrogates = surrogates;
        Gauge(meter, "tda.surrogate.stale", null, "1 when the upstream no longer answers as it did when the surrogate was distilled.",
            report => report.State == DriftState.Stale ? 1 : 0);
        Gauge(meter, "tda.surrogate.drift.e_value", null, "Evidence that it doesn't: the e-value of tda drift.", report => report.Answers?.EValue ?? double.NaN);
        Gauge(meter, "tda.surrogate.drift.checked", "s", "When tda drift last looked, in seconds since 1970.",
            report => report.CheckedAt.ToUnixTimeMilliseconds() / 1000.0);
    }

    private void Gauge(Meter meter, string name, string? unit, string help, Func<DriftReport, double> value) => meter.CreateObservableGauge(
        name,
        () => Reports().Select(report => new Measurement<double>(value(report), new KeyValuePair<string, object?>("surrogate", report.Surrogate))),
        unit, help);

    private List<DriftReport> Reports()
    {
        lock (_gate)
        {
            if (_reports is null || Stopwatch.GetElapsedTime(_readAt) > OneMoment)
            {
                _reports = [.. ArtifactDirectory.List(_surrogates).Select(Read).OfType<DriftReport>()];
                _readAt = Stopwatch.GetTimestamp();
            }

            return _reports;
        }
    }

    // One that can't be read has no gauge: an alert on a missing one tells more than a number would.
    private static DriftReport? Read(string directory)
    {
        try
        {
            return DriftReport.Read(directory) is { } report ? report with { Surrogate = Path.GetFileName(directory) } : null;
        }
        catch (TdaException)
        {
            return null;
        }
    }
}
