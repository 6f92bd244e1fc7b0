using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tda.Gateway.Operations;
using Tda.Gateway.Proxy;
using Tda.Gateway.Recording;
using Tda.Gateway.Security;

namespace Tda.Gateway;

/// <summary>A running gateway: forwards <c>/v1/*</c> to the upstream, records every exchange, and shows the log.</summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IExchangeStore _store;
    private readonly Recorder _recorder;
    private readonly HttpMessageInvoker _client;
    private readonly CancellationTokenSource _stopping;
    private readonly Operation _operation;
    private int _stopped;

    private GatewayServer(
        WebApplication app, IExchangeStore store, Recorder recorder, HttpMessageInvoker client, CancellationTokenSource stopping, Operation operation)
    {
        _app = app;
        _store = store;
        _recorder = recorder;
        _client = client;
        _stopping = stopping;
        _operation = operation;
        Url = new Uri(app.Urls.Single());
    }

    /// <summary>Where it listens, with the port that the system chose if it was asked to.</summary>
    public Uri Url { get; }

    /// <summary>The options in force.</summary>
    public GatewayOptions Options => _operation.Options;

    /// <summary>The counters now.</summary>
    public GatewayCounts Counts => _recorder.Counts;

    /// <summary>The id of this run in the log.</summary>
    public string SessionId => _recorder.SessionId;

    /// <summary>The log; it closes when the gateway stops.</summary>
    public IExchangeStore Store => _store;

    /// <summary>What <c>/health</c> says.</summary>
    public HealthReport Health => _operation.Health.Now();

    /// <summary>Starts a gateway; returns once it accepts connections.</summary>
    /// <exception cref="UsageException">The options can't be used; the message lists all that is wrong.</exception>
    /// <exception cref="BadInputException">The log was written by a newer program.</exception>
    /// <exception cref="TdaException">The port is taken, or the home or the log can't be used.</exception>
    public static async Task<GatewayServer> StartAsync(
        GatewayOptions options,
        ILoggerProvider? logs = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        // 1. Everything that can be wrong is told before anything is opened.
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return await StartAsync(options, configuration: null, logs, time, cancellationToken);
    }

    /// <summary>Starts a gateway whose configuration may change while it runs; as the other overload in all else.</summary>
    /// <inheritdoc cref="StartAsync(GatewayOptions, ILoggerProvider, TimeProvider, CancellationToken)"/>
    public static async Task<GatewayServer> StartAsync(
        GatewayConfiguration configuration,
        ILoggerProvider? logs = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return await StartAsync(configuration.Load(), configuration, logs, time, cancellationToken);
    }

    /// <summary>Takes the configuration file as it is now; what comes of it is in <see cref="Health"/>. False when there is no file.</summary>
    public bool Reload()
    {
        _operation.Reload?.Now();
        return _operation.Reload is not null;
    }

    private static async Task<GatewayServer> StartAsync(
        GatewayOptions options, GatewayConfiguration? configuration, ILoggerProvider? logs, TimeProvider? time, CancellationToken cancellationToken)
    {
        var clock = time ?? TimeProvider.System;
        var home = TdaHome.Resolve(options.Home);
        var app = WebHost.Build(options, logs);
        var logger = ((ILoggerFactory?)app.Services.GetService(typeof(ILoggerFactory)) ?? NullLoggerFactory.Instance).CreateLogger("Tda.Gateway");
        var stopping = new CancellationTokenSource();
        var live = new LiveOptions(options);
        var telemetry = new GatewayTelemetry(live, logger);
        IExchangeStore? store = null;
        Recorder? recorder = null;
        var client = UpstreamClient.Create(options.ConnectTimeout);
        try
        {
            // 2. The log, with what earlier runs left in the spool.
            store = await OpenStoreAsync(home, options, clock, cancellationToken);
            recorder = StartRecorder(store, home, live, telemetry, app.Services.GetRequiredService<Refusals>(), clock, logger);

            // 3. The routes, then the port: no request comes before all is ready.
            var operation = Operation.Of(live, configuration, telemetry, recorder, store.Location, home.Root, clock, logger);
            WebHost.Map(app, live, store, recorder, operation.Health, telemetry, home, client, clock, stopping.Token);
            await WebHost.ListenAsync(app, options, cancellationToken);
            operation.Begin();
            return new(app, store, recorder, client, stopping, operation);
        }
        catch
        {
            await app.DisposeAsync();
            if (recorder is not null)
            {
                await recorder.DisposeAsync();
            }

            if (store is not null)
            {
                await store.DisposeAsync();
            }

            telemetry.Dispose();
            client.Dispose();
            stopping.Dispose();
            throw;
        }
    }

    /// <summary>Runs a gateway until it is cancelled or the process gets SIGINT or SIGTERM, then stops it in good order.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="report">Takes lines for the person who started it.</param>
    /// <param name="logs">Takes the gateway's own messages, if wanted.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The counters at the end.</returns>
    public static async Task<GatewayCounts> RunAsync(
        GatewayOptions options, Action<string> report, ILoggerProvider? logs = null, CancellationToken cancellationToken = default)
    {
        await using var server = await StartAsync(options, logs, cancellationToken: cancellationToken);
        return await GatewayRun.UntilStoppedAsync(server, report, cancellationToken);
    }

    /// <summary>As the other overload, with a configuration that may change; SIGHUP takes it at once.</summary>
    /// <inheritdoc cref="RunAsync(GatewayOptions, Action{string}, ILoggerProvider, CancellationToken)"/>
    public static async Task<GatewayCounts> RunAsync(
        GatewayConfiguration configuration, Action<string> report, ILoggerProvider? logs = null, CancellationToken cancellationToken = default)
    {
        await using var server = await StartAsync(configuration, logs, cancellationToken: cancellationToken);
        return await GatewayRun.UntilStoppedAsync(server, report, cancellationToken);
    }

    /// <summary>Returns once the store has every exchange that is settled by then.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before, since the store is down perhaps.</exception>
    public async Task DrainedAsync(CancellationToken cancellationToken = default)
    {
        while (_recorder.Counts is { Pending: > 0 } or { InFlight: > 0 } || _recorder.Drain.OrphansLeft > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        }
    }

    /// <summary>
    /// Stops in good order: not ready for the drain delay, then no new connections; answers in progress run to their end
    /// (cut after the drain timeout, and recorded as such), the queue is written, the session's counters are closed.
    /// </summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        await _operation.DrainAsync();
        _stopping.CancelAfter(_operation.Options.DrainTimeout);
        await _app.StopAsync(_stopping.Token);
        await _recorder.DisposeAsync();
        await _operation.DisposeAsync();
        await _store.DisposeAsync();
        await _app.DisposeAsync();
        _client.Dispose();
        _stopping.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>Opens the store; one on a server that can't be reached now is opened later, and the spool waits for it.</summary>
    private static async Task<IExchangeStore> OpenStoreAsync(TdaHome home, GatewayOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        // The spool keeps the promise of `synced`: a segment goes only after the store was synced.
        var how = new ExchangeStoreOptions { Location = options.Store, MaxBytes = options.MaxStoreBytes };
        try
        {
            return await ExchangeStore.OpenAsync(home, how, time, cancellationToken);
        }
        catch (TdaException error) when (error is not (BadInputException or UsageException) && ExchangeStore.ServerOf(options.Store) is not null)
        {
            return new DeferredStore(ExchangeStore.ServerOf(options.Store)!, stop => ExchangeStore.OpenAsync(home, how, time, stop));
        }
    }

    private static Recorder StartRecorder(
        IExchangeStore store, TdaHome home, LiveOptions live, GatewayTelemetry telemetry, Refusals refusals, TimeProvider time, ILogger logger)
    {
        try
        {
            return Recorder.Start(store, home.SpoolDirectory, live, telemetry, refusals, time, logger);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException($"the spool {home.SpoolDirectory} can't be used: {error.Message}. Free some space, or choose another home with --home.", error);
        }
    }
}

/// <summary>A gateway run's counters at one moment: forwarded = recorded + pending + dropped + in flight.</summary>
/// <param name="Forwarded">Requests taken on behalf of the upstream.</param>
/// <param name="Recorded">Exchanges in the store.</param>
/// <param name="Pending">Exchanges in the spool that the store does not have yet.</param>
/// <param name="Drops">Requests declared not to be recorded, by cause; causes without any are absent.</param>
/// <param name="InFlight">Requests whose exchange is not settled yet.</param>
public sealed record GatewayCounts(long Forwarded, long Recorded, long Pending, IReadOnlyDictionary<string, long> Drops, long InFlight)
{
    /// <summary>All declared drops.</summary>
    public long Dropped => Drops.Values.Sum();

    /// <summary>Requests that none of the other counters explains. Anything but 0 is a loss that nobody declared.</summary>
    public long Unexplained => Forwarded - Recorded - Pending - Dropped - InFlight;
}
