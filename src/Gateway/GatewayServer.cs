using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tda.Core.Errors;
using Tda.Core.Home;
using Tda.Core.Store;
using Tda.Gateway.Forwarding;
using Tda.Gateway.Health;
using Tda.Gateway.Hosting;
using Tda.Gateway.Recording;

namespace Tda.Gateway;

/// <summary>A running gateway: forwards <c>/v1/*</c> to the upstream, records every exchange, and shows the log.</summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IExchangeStore _store;
    private readonly Recorder _recorder;
    private readonly TdaHome _home;
    private readonly HttpMessageInvoker _client;
    private readonly CancellationTokenSource _stopping;
    private readonly TimeSpan _drainTimeout;
    private int _stopped;

    private GatewayServer(
        WebApplication app, IExchangeStore store, Recorder recorder, TdaHome home, HttpMessageInvoker client, CancellationTokenSource stopping, GatewayOptions options)
    {
        _app = app;
        _store = store;
        _recorder = recorder;
        _home = home;
        _client = client;
        _stopping = stopping;
        _drainTimeout = options.DrainTimeout;
        Url = new Uri(app.Urls.Single());
    }

    /// <summary>Where it listens, with the port that the system chose if it was asked to.</summary>
    public Uri Url { get; }

    /// <summary>The counters now.</summary>
    public GatewayCounts Counts => _recorder.Counts;

    /// <summary>The id of this run in the log.</summary>
    public string SessionId => _recorder.SessionId;

    /// <summary>The log; it closes when the gateway stops.</summary>
    public IExchangeStore Store => _store;

    /// <summary>What <c>/health</c> says.</summary>
    public HealthReport Health => HealthReport.Of(_recorder, _store.Location, _home.Root);

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
        var clock = time ?? TimeProvider.System;
        var home = TdaHome.Resolve(options.Home);
        var app = WebHost.Build(options, logs);
        var logger = ((ILoggerFactory?)app.Services.GetService(typeof(ILoggerFactory)) ?? NullLoggerFactory.Instance).CreateLogger("Tda.Gateway");
        var stopping = new CancellationTokenSource();
        IExchangeStore? store = null;
        Recorder? recorder = null;
        var client = UpstreamClient.Create(options.ConnectTimeout);
        try
        {
            // 2. The log, with what earlier runs left in the spool.
            store = await ExchangeStore.OpenAsync(home, new() { Location = options.Store, Synced = options.Durability == Durability.Synced, MaxBytes = options.MaxStoreBytes }, clock, cancellationToken);
            await SpoolReplay.RunAsync(store, home.SpoolDirectory, logger, cancellationToken);
            recorder = await Recorder.StartAsync(store, home.SpoolDirectory, options.Durability, clock, logger, cancellationToken);

            // 3. The routes, then the port: no request comes before all is ready.
            WebHost.Map(app, options, store, recorder, home, client, clock, stopping.Token);
            await WebHost.ListenAsync(app, options, cancellationToken);
            return new(app, store, recorder, home, client, stopping, options);
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
        ArgumentNullException.ThrowIfNull(report);
        await using var server = await StartAsync(options, logs, cancellationToken: cancellationToken);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await using var cancelled = cancellationToken.Register(() => stop.TrySetResult());
        report($"listening on {server.Url} for {new Uri(options.Upstream).GetLeftPart(UriPartial.Path)}; the log is {server.Store.Location}");
        await stop.Task;
        report("stopping: answers in progress are finished first");
        await server.StopAsync();
        var counts = server.Counts;
        report(FormattableString.Invariant($"forwarded {counts.Forwarded}, recorded {counts.Recorded}, spooled {counts.Spooled}, dropped {counts.Dropped}"));
        return counts;

        void Stop(PosixSignalContext context)
        {
            // A second signal gets the system's default: the person insists.
            context.Cancel = stop.TrySetResult();
        }
    }

    /// <summary>
    /// Stops in good order: no new connections, answers in progress run to their end (cut after the drain timeout, and
    /// recorded as such), the queue is written, the session's counters are closed.
    /// </summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        _stopping.CancelAfter(_drainTimeout);
        await _app.StopAsync(_stopping.Token);
        await _recorder.DisposeAsync();
        await _store.DisposeAsync();
        await _app.DisposeAsync();
        _client.Dispose();
        _stopping.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();
}
