using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Operations;

/// <summary>
/// The gateway's metrics. What is called inside a request costs well under a microsecond and allocates nothing once a
/// route is known; counters that reconcile come from the health report, so that they can't disagree with it.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>The name under which OpenTelemetry finds metrics and spans.</summary>
    public const string SourceName = "Tda.Gateway";

    // Routes below /v1 are as many as clients can think of.
    private const int MaxRoutes = 32;

    private readonly Meter _meter = new(SourceName);
    private readonly BoundedLabels _names = new(MaxRoutes);
    private readonly ConcurrentDictionary<string, RouteSeries> _routes = new(StringComparer.Ordinal);
    private readonly CounterMetric _forwarded;
    private readonly CounterMetric _settled;
    private readonly HistogramMetric _overhead;
    private readonly HistogramMetric _firstToken;
    private readonly HistogramMetric _fsync;
    private readonly HistogramMetric _batch;
    private readonly HistogramSeries _overheadSeries;
    private readonly HistogramSeries _fsyncSeries;
    private readonly HistogramSeries _batchSeries;
    private Func<HealthReport>? _health;

    /// <param name="maxModels">Different models that metrics name.</param>
    public GatewayMetrics(int maxModels)
    {
        _forwarded = new(_meter, new("tda.gateway.forwarded", "{request}", "Requests taken on behalf of the upstream.", "route"));
        _settled = new(_meter, new("tda.gateway.settled", "{exchange}", "Exchanges that ended, by how.", "route", "state"));
        _overhead = new(_meter,
            new("tda.gateway.overhead", "s", "A request's time in the gateway itself: until it goes to the upstream, and from the upstream's last byte to the client's."),
            Buckets.Overhead);
        _firstToken = new(_meter, new("tda.gateway.time_to_first_token", "s", "From the request's arrival to the first piece of its answer.", "route"), Buckets.Model);
        _fsync = new(_meter, new("tda.gateway.spool.fsync", "s", "One sync of the spool to the disk."), Buckets.Disk);
        _batch = new(_meter, new("tda.gateway.spool.batch", "{record}", "Records that one write or sync of the spool carries."), Buckets.Batch);
        (_overheadSeries, _fsyncSeries, _batchSeries) = (_overhead.Of(), _fsync.Of(), _batch.Of());
        GenAi = new GenAiMetrics(_meter, maxModels);
        foreach (var observed in ObservedMetric.All)
        {
            observed.Publish(_meter, Health);
        }
    }

    /// <summary>Metrics of the GenAI conventions.</summary>
    public GenAiMetrics GenAi { get; }

    public IEnumerable<CounterMetric> Counters => [_forwarded, _settled];

    public IEnumerable<HistogramMetric> Histograms => [_overhead, _firstToken, _fsync, _batch, .. GenAi.Histograms];

    /// <summary>Says where the counters that reconcile come from.</summary>
    public void Attach(Func<HealthReport> health) => Volatile.Write(ref _health, health);

    /// <summary>The health report now; null before <see cref="Attach"/>.</summary>
    public HealthReport? Health() => Volatile.Read(ref _health)?.Invoke();

    /// <summary>A request was taken.</summary>
    public void Forwarded(string route) => Interlocked.Increment(ref Route(route).Forwarded.Value);

    /// <summary>Its exchange ended.</summary>
    public void Settled(string route, TerminalState state) =>
        Interlocked.Increment(ref Route(route).Settled(state).Value);

    /// <summary>The time of one request that the gateway itself took.</summary>
    public void Overhead(TimeSpan untilUpstream, TimeSpan afterUpstream) => _overheadSeries.Record((untilUpstream + afterUpstream).TotalSeconds);

    /// <summary>The first piece of an answer came.</summary>
    public void FirstToken(string route, TimeSpan afterArrival) => Route(route).FirstToken.Record(afterArrival.TotalSeconds);

    /// <summary>The spool was synced.</summary>
    public void Fsync(TimeSpan took) => _fsyncSeries.Record(took.TotalSeconds);

    /// <summary>The spool wrote records together.</summary>
    public void Batch(int records) => _batchSeries.Record(records);

    public void Dispose() => _meter.Dispose();

    private RouteSeries Route(string route)
    {
        if (_routes.TryGetValue(route, out var known))
        {
            return known;
        }

        // Routes beyond the bound share one, and are not kept by name: there may be any number of them.
        var name = _names.Of(route);
        return _routes.TryGetValue(name, out known) ? known : _routes.GetOrAdd(name, new RouteSeries(name, _forwarded, _settled, _firstToken));
    }
}
