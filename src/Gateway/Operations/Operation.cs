using Microsoft.Extensions.Logging;

namespace Tda.Gateway.Operations;

/// <summary>What keeps a gateway operable beside its requests: health, telemetry, a configuration that may change.</summary>
internal sealed class Operation : IAsyncDisposable
{
    private readonly LiveOptions _live;
    private readonly GatewayConfiguration? _configuration;
    private readonly GatewayTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private ConfigurationReload? _reload;

    private Operation(LiveOptions live, GatewayConfiguration? configuration, GatewayTelemetry telemetry, HealthSource health, TimeProvider time, ILogger logger)
    {
        _live = live;
        _configuration = configuration;
        _telemetry = telemetry;
        _time = time;
        _logger = logger;
        Health = health;
    }

    /// <summary>The options now.</summary>
    public GatewayOptions Options => _live.Current;

    /// <summary>Reports of health.</summary>
    public HealthSource Health { get; }

    /// <summary>Takes changes of the configuration; null where it can't change.</summary>
    public ConfigurationReload? Reload => Volatile.Read(ref _reload);

    /// <summary>Puts the parts together.</summary>
    public static Operation Of(
        LiveOptions live,
        GatewayConfiguration? configuration,
        GatewayTelemetry telemetry,
        IGatewayState state,
        string store,
        string home,
        TimeProvider time,
        ILogger logger)
    {
        Operation? operation = null;
        var health = new HealthSource(state, store, home, time) { Configuration = () => operation?.Reload?.Status ?? new ConfigurationStatus() };
        operation = new(live, configuration, telemetry, health, time, logger);
        telemetry.Metrics.Attach(health.Now);
        return operation;
    }

    /// <summary>From here on the configuration's changes are taken.</summary>
    public void Begin()
    {
        if (_configuration?.File is not null)
        {
            Volatile.Write(ref _reload, new ConfigurationReload(_configuration, _live, _time, _logger));
        }
    }

    /// <summary>Says that the gateway is not ready, and gives load balancers the time to see it.</summary>
    public async Task DrainAsync()
    {
        Health.Drain();
        if (Options.DrainDelay > TimeSpan.Zero)
        {
            await Task.Delay(Options.DrainDelay, _time);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Reload is { } reload)
        {
            await reload.DisposeAsync();
        }

        _telemetry.Dispose();
    }
}
