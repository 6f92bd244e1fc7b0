using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tda.Gateway.Costs;

namespace Tda.Gateway.Operations;

/// <summary>
/// The gateway's metrics. Counters that reconcile come from the health report, so that they can't disagree with it. Names and units follow
/// OpenTelemetry's; Prometheus shows <c>tda.gateway.spool.fsync</c> in seconds as <c>tda_gateway_spool_fsync_seconds</c>.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    /// <summary>The name under which OpenTelemetry finds metrics and spans.</summary>
    public const string SourceName = "Tda.Gateway";

    // Routes below /v1 are as many as clients can think of.
    private const int MaxRoutes = 32;

    // Keys are issued by hand, but each makes a time series for every model.
    private const int MaxKeys = 200;

    // An export reads some fifteen instruments: they tell of one moment, and the disk is asked once.
    private static readonly TimeSpan OneMoment = TimeSpan.FromMilliseconds(50);

    // The gateway's own time: 50 µs to 1 s.
    private static readonly double[] OverheadBounds =
        [50e-6, 100e-6, 200e-6, 300e-6, 500e-6, 750e-6, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 10e-3, 20e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1];

    // A disk's time for one sync.
    private static readonly double[] DiskBounds =
        [50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 1, 5];

    private static readonly double[] BatchBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

    private readonly BoundedLabels _routes = new(MaxRoutes);
    private readonly Counter<long> _forwarded;
    private readonly Counter<long> _settled;
    private readonly Histogram<double> _overhead;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _fsync;
    private readonly Histogram<double> _batch;
    private readonly BoundedLabels _keys = new(MaxKeys);
    private readonly BoundedLabels _models;
    private readonly Counter<long> _tokens;
    private readonly Counter<double> _cost;
    private readonly HeldPrices _prices;
    private readonly Lock _gate = new();
    private Func<HealthReport>? _health;
    private HealthReport? _report;
    private long _reportedAt;

    /// <param name="maxModels">Different models that metrics name.</param>
    /// <param name="prices">What their tokens cost.</param>
    public GatewayMetrics(int maxModels, HeldPrices prices)
    {
        _models = new(maxModels);
        _prices = prices;
        _tokens = Meter.CreateCounter<long>("tda.gateway.tokens", "{token}", "Tokens as the upstream counted them, by client key and model.");
        _cost = Meter.CreateCounter<double>("tda.gateway.cost", null, "What they cost by the price list, in its currency.");
        _forwarded = Meter.CreateCounter<long>("tda.gateway.forwarded", "{request}", "Requests taken on behalf of the upstream.");
        _settled = Meter.CreateCounter<long>("tda.gateway.settled", "{exchange}", "Exchanges that ended, by how.");
        _overhead = Histogram(Meter, "tda.gateway.overhead", "s",
            "A request's time in the gateway itself: until it goes to the upstream, and from the upstream's last byte to the client's.",
            OverheadBounds);
        _firstToken = Histogram(Meter, "tda.gateway.time_to_first_token", "s",
            "From the request's arrival to the first piece of its answer.", GenAiMetrics.TimeBounds);
        _fsync = Histogram(Meter, "tda.gateway.spool.fsync", "s", "One sync of the spool to the disk.", DiskBounds);
        _batch = Histogram(Meter, "tda.gateway.spool.batch", "{record}", "Records that one sync of the spool carries.", BatchBounds);
        GenAi = new(Meter, maxModels);
        ObserveHealth();
    }

    public Meter Meter { get; } = new(SourceName);

    /// <summary>Metrics of the GenAI conventions.</summary>
    public GenAiMetrics GenAi { get; }

    /// <summary>Makes a histogram with buckets of our own.</summary>
    public static Histogram<double> Histogram(Meter meter, string name, string unit, string help, double[] bounds) =>
        meter.CreateHistogram(name, unit, help, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    /// <summary>Says where the counters that reconcile come from.</summary>
    public void Attach(Func<HealthReport> health) => Volatile.Write(ref _health, health);

    public void Forwarded(string route) => _forwarded.Add(1, Route(route));

    public void Settled(string route, TerminalState state) =>
        _settled.Add(1, Route(route), new KeyValuePair<string, object?>("state", state.Name()));

    /// <summary>The time of one request that the gateway itself took.</summary>
    public void Overhead(TimeSpan untilUpstream, TimeSpan afterUpstream) => _overhead.Record((untilUpstream + afterUpstream).TotalSeconds);

    public void FirstToken(string route, TimeSpan afterArrival) => _firstToken.Record(afterArrival.TotalSeconds, Route(route));

    /// <summary>An exchange was recorded: adds its tokens and their cost.</summary>
    public void Used(Exchange exchange)
    {
        if (exchange.Usage is not { } usage)
        {
            return;
        }

        var key = new KeyValuePair<string, object?>("key", _keys.Of(exchange.Client ?? ""));
        var model = new KeyValuePair<string, object?>("model", _models.Of(exchange.Model ?? ""));
        _tokens.Add(Math.Max(0, usage.PromptTokens ?? 0), key, model, new KeyValuePair<string, object?>("type", "prompt"));
        _tokens.Add(Math.Max(0, usage.CompletionTokens ?? 0), key, model, new KeyValuePair<string, object?>("type", "completion"));
        if (_prices.Current?.Cost(exchange.Model, usage.PromptTokens, usage.CompletionTokens) is { } cost)
        {
            _cost.Add((double)cost, key, model);
        }
    }

    /// <summary>The spool was synced, with so many records that somebody waited for.</summary>
    public void Synced(int records, TimeSpan took)
    {
        _batch.Record(records);
        _fsync.Record(took.TotalSeconds);
    }

    public void Dispose() => Meter.Dispose();

    private KeyValuePair<string, object?> Route(string route) => new("route", _routes.Of(route));

    private void ObserveHealth()
    {
        Count("tda.gateway.recorded", "{exchange}", "Exchanges in the store.", report => report.Recorded);
        Causes("tda.gateway.dropped", "{exchange}", "Declared drops: exchanges forwarded and not recorded.", report => report.Drops);
        Causes("tda.gateway.refused", "{request}", "Requests that were not forwarded.", report => report.Refusals);
        Causes("tda.gateway.limited", "{body}", "Bodies that were cut, or kept packed, for what they would take of memory.", report => report.Limited);
        Count("tda.gateway.store.errors", "{error}", "Writes to the store that failed.", report => report.StoreErrors);
        Gauge("tda.gateway.in_flight", "{request}", "Requests under way.", report => report.InFlight);
        Gauge("tda.gateway.pending", "{exchange}", "Exchanges in the spool that the store does not have yet.", report => report.Pending);
        Gauge("tda.gateway.pending.size", "By", "Bytes of the pending exchanges.", report => report.PendingBytes);
        Gauge("tda.gateway.drain.lag", "s", "How long the oldest pending exchange has waited for the store.", report => report.LagSeconds);
        Gauge("tda.gateway.reconciliation.difference", "{exchange}", "Forwarded less recorded, pending, dropped and in flight: must be 0.",
            report => report.Difference);
        Gauge("tda.gateway.memory.size", "By", "Bytes of memory that bodies take.", report => report.MemoryBytes);
        Gauge("tda.gateway.memory.limit", "By", "Bytes of memory that bodies may take.", report => report.MaxMemoryBytes);
        Gauge("tda.gateway.spool.size", "By", "Bytes that the spool takes on the disk.", report => report.SpoolBytes);
        Gauge("tda.gateway.spool.segments", "{file}", "Segment files of the spool.", report => report.SpoolSegments);
        Gauge("tda.gateway.disk.free", "By", "Bytes left on the disk that holds the home.", report => report.DiskFreeBytes ?? double.NaN);

        // Without a unit: of "1" Prometheus makes a ratio.
        Gauge("tda.gateway.ready", null, "1 when the gateway takes requests.", report => report.Ready ? 1 : 0);
        Gauge("tda.gateway.configuration.valid", null, "0 while a changed configuration can't be used.",
            report => report.ConfigurationError is null ? 1 : 0);
    }

    private void Count(string name, string unit, string help, Func<HealthReport, double> value) =>
        Meter.CreateObservableCounter(name, () => Measure(value), unit, help);

    private void Gauge(string name, string? unit, string help, Func<HealthReport, double> value) =>
        Meter.CreateObservableGauge(name, () => Measure(value), unit, help);

    private Measurement<double>[] Measure(Func<HealthReport, double> value) => Report() is { } report ? [new(value(report))] : [];

    private void Causes(string name, string unit, string help, Func<HealthReport, IReadOnlyDictionary<string, long>> causes) =>
        Meter.CreateObservableCounter(
            name,
            () => Report() is { } report
                ? causes(report).Select(cause => new Measurement<long>(cause.Value, new KeyValuePair<string, object?>("cause", cause.Key)))
                : [],
            unit,
            help);

    private HealthReport? Report()
    {
        lock (_gate)
        {
            if (_report is null || Stopwatch.GetElapsedTime(_reportedAt) > OneMoment)
            {
                _report = Volatile.Read(ref _health)?.Invoke();
                _reportedAt = Stopwatch.GetTimestamp();
            }

            return _report;
        }
    }
}

/// <summary>Label values that clients choose, of which only the first few are kept: each value makes new time series.</summary>
internal sealed class BoundedLabels(int max)
{
    /// <summary>What further values become.</summary>
    public const string Other = "other";

    private const int LongestValue = 128;
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>The value, if it is known or there is room; else <see cref="Other"/>.</summary>
    public string Of(string value)
    {
        if (_known.TryGetValue(value, out var known))
        {
            return known;
        }

        if (value.Length > LongestValue || Volatile.Read(ref _count) >= max || Interlocked.Increment(ref _count) > max)
        {
            return Other;
        }

        return _known.GetOrAdd(value, value);
    }
}
