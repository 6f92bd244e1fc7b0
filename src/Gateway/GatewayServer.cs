using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tda.Gateway.Costs;
using Tda.Gateway.Operations;
using Tda.Gateway.Proxy;
using Tda.Gateway.Recording;
using Tda.Gateway.Security;
using Tda.Review;

namespace Tda.Gateway;

/// <summary>A running gateway: forwards an API's calls to its upstream, records every exchange, and shows the log.</summary>
public sealed partial class GatewayServer : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly TdaHome _home;
    private readonly LiveOptions _live;
    private readonly WebApplication _app;
    private readonly ILogger _logger;
    private readonly HeldPrices _prices;
    private readonly Budgets _budgets;
    private readonly GatewayTelemetry _telemetry;
    private readonly HttpMessageInvoker _client;
    private readonly AdminCredential _credential;
    private readonly CancellationTokenSource _stopping = new();

    // These are there once it has started; the last one only where the configuration may change.
    private IExchangeStore _store = null!;
    private Recorder _recorder = null!;
    private IAsyncDisposable? _desk;
    private ConfigurationReload? _reload;
    private int _stopped;

    private GatewayServer(GatewayOptions options, ILoggerProvider? logs, TimeProvider? time)
    {
        _time = time ?? TimeProvider.System;
        _home = TdaHome.Resolve(options.Home);
        _live = new(options);
        _app = WebHost.Build(_live, _home, logs, _time);
        _logger = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Tda.Gateway");
        _prices = _app.Services.GetRequiredService<HeldPrices>();
        _budgets = _app.Services.GetRequiredService<Budgets>();
        _telemetry = new(_live, _budgets, _prices, _logger);
        _credential = _app.Services.GetRequiredService<AdminCredential>();
        _client = UpstreamClient.Create(options.ConnectTimeout);
    }

    /// <summary>Where it listens, with the port that the system chose if it was asked to.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The options in force.</summary>
    public GatewayOptions Options => _live.Current;

    /// <summary>
    /// Where the pages open, once, where no admin credential is configured: for the person who started the gateway, and for nobody else on
    /// the machine. Null where there is one, or where the pages show to nobody without.
    /// </summary>
    public Uri? PagesLink => _credential.IsConfigured || !Url.IsLoopback ? null : new(Url, "/login?token=" + _credential.Word.Word);

    /// <summary>The counters now.</summary>
    public GatewayCounts Counts => _recorder.Counts;

    /// <summary>The id of this run in the log.</summary>
    public string SessionId => _recorder.SessionId;

    /// <summary>The log; it closes when the gateway stops.</summary>
    public IExchangeStore Store => _store;

    /// <summary>What answers beside the routes that are forwarded, for a check that each says who may use it.</summary>
    internal IEnumerable<EndpointDataSource> Endpoints => ((IEndpointRouteBuilder)_app).DataSources;

    /// <summary>What <c>/health</c> says.</summary>
    public HealthReport Health => _recorder.Read().Judged(
        _reload?.Status ?? new(), [.. _app.Services.GetRequiredService<HeldSecrets>().Problems, .. _prices.Problem is { } problem ? [problem] : Array.Empty<string>()], draining: Volatile.Read(ref _stopped) != 0, _store.Location, FreeBytes(_home.Root), _time.GetUtcNow());

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
        _reload?.Now();
        return _reload is not null;
    }

    /// <summary>
    /// Runs a gateway until it is cancelled or the process gets SIGINT or SIGTERM, then stops it in good order. SIGHUP takes the
    /// configuration file again.
    /// </summary>
    /// <param name="configuration">How it runs.</param>
    /// <param name="report">Takes lines for the person who started it.</param>
    /// <param name="logs">Takes the gateway's own messages, if wanted.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The counters at the end.</returns>
    public static async Task<GatewayCounts> RunAsync(
        GatewayConfiguration configuration, Action<string> report, ILoggerProvider? logs = null, CancellationToken cancellationToken = default)
    {
        Spool.LibC.CreatePrivately();
        await using var server = await StartAsync(configuration, logs, cancellationToken: cancellationToken);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, HangUp);
        await using var cancelled = cancellationToken.Register(() => stop.TrySetResult());
        var upstream = new Uri(server.Options.UrlOf(server.Options.Upstream)).GetLeftPart(UriPartial.Path);
        var others = string.Join(", ", server.Options.Upstreams.Keys.Where(name => name != server.Options.Upstream));
        report($"listening on {server.Url} for {upstream}{(others.Length > 0 ? $" and {others}" : "")}; the log is {server.Store.Location}");
        if (server.PagesLink is { } link)
        {
            report($"pages (this link is good once): {link}");
            server._credential.Word.Used = () => report($"the link was used; the next one: {server.PagesLink}");
        }

        if (DescriptorLimit.Told(server.Options.Security.Limits.MaxConnections) is { } fewer)
        {
            report(fewer);
        }

        if (server._recorder.Memory.Told(server.Options.MaxRecordedBodyBytes) is { } shorter)
        {
            report(shorter);
        }

        await stop.Task;
        report("stopping: answers in progress are finished first");
        await server.StopAsync();
        var counts = server.Counts;
        report(FormattableString.Invariant(
            $"forwarded {counts.Forwarded}, recorded {counts.Recorded}, pending {counts.Pending}, declared drops {counts.Dropped}"));
        if (server._recorder.Gone is { } gone)
        {
            report("NOT ALL IS KEPT: " + gone);
        }

        return counts;

        void Stop(PosixSignalContext context) =>
            // A second signal gets the system's default: the person insists.
            context.Cancel = stop.TrySetResult();

        void HangUp(PosixSignalContext context) =>
            // Without a file to read again it means what it means to other programs: the terminal is gone.
            context.Cancel = server.Reload() || stop.TrySetResult();
    }

    /// <summary>Returns once the store has every exchange that is settled by then.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before, since the store is down perhaps.</exception>
    public async Task DrainedAsync(CancellationToken cancellationToken = default)
    {
        while (_recorder.Counts is { Pending: > 0 } or { InFlight: > 0 } || _recorder.OrphansLeft > 0)
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

        if (Options.DrainDelay > TimeSpan.Zero)
        {
            await Task.Delay(Options.DrainDelay, _time);
        }

        _stopping.CancelAfter(Options.DrainTimeout);
        await _app.StopAsync(_stopping.Token);
        await CloseAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private static async Task<GatewayServer> StartAsync(
        GatewayOptions options,
        GatewayConfiguration? configuration,
        ILoggerProvider? logs,
        TimeProvider? time,
        CancellationToken cancellationToken)
    {
        var server = new GatewayServer(options, logs, time);
        try
        {
            await server.OpenAsync(configuration, cancellationToken);
            return server;
        }
        catch
        {
            await server._app.DisposeAsync();
            await server.CloseAsync();
            throw;
        }
    }

    private async Task OpenAsync(GatewayConfiguration? configuration, CancellationToken cancellationToken)
    {
        // 2. The log, with what earlier runs left in the spool.
        _store = await OpenStoreAsync(cancellationToken);
        await LoadBudgetsAsync(cancellationToken);
        try
        {
            _recorder = new(_store, _home.SpoolDirectory, _live, _telemetry, _app.Services.GetRequiredService<Refusals>(), _time, _logger);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException(
                $"the spool {_home.SpoolDirectory} can't be used: {error.Message}. Free some space, or choose another home with --home.",
                error);
        }

        // 3. The routes, then the port: no request comes before all is ready.
        _telemetry.Metrics.Attach(() => Health);
        _desk = WebHost.Map(_app, _live, _store, _recorder, () => Health, _telemetry, _home, _client, _time, _stopping.Token);
        await ListenAddress.StartAsync(_app, Options.Listen, cancellationToken);
        Url = new(_app.Urls.Single());
        _reload = configuration?.File is null ? null : new(configuration, _live, _time, _logger);
    }

    /// <summary>Budgets go on where the log says that they were; with a store that is away they begin anew.</summary>
    private async Task LoadBudgetsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _budgets.LoadAsync(_store, cancellationToken);
        }
        catch (TdaException error) when (_store is DeferredStore)
        {
            BudgetsNotLoaded(_logger, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "budgets count from now on, since the store can't say what was used before")]
    private static partial void BudgetsNotLoaded(ILogger logger, Exception error);

    /// <summary>Opens the store; one on a server that can't be reached now, or that another process holds, is opened later, and the spool waits for it.</summary>
    private async Task<IExchangeStore> OpenStoreAsync(CancellationToken cancellationToken)
    {
        // The spool keeps the promise of `synced`: a segment goes only after the store was synced.
        var how = new ExchangeStoreOptions { Location = Options.Store, MaxBytes = Options.MaxStoreBytes };
        try
        {
            return await ExchangeStore.OpenAsync(_home, how, _time, cancellationToken);
        }
        catch (TdaException error)
            when (error is not (BadInputException or UsageException) && (ExchangeStore.ServerOf(how.Location) is not null || StoreRefusal.IsBusy(error)))
        {
            return new DeferredStore(ExchangeStore.ServerOf(how.Location) ?? _home.DatabasePath, stop => ExchangeStore.OpenAsync(_home, how, _time, stop));
        }
    }

    /// <summary>Closes what is open, also where the start failed on its way.</summary>
    private async Task CloseAsync()
    {
        if (_recorder is not null)
        {
            await _recorder.DisposeAsync();
        }

        if (_reload is not null)
        {
            await _reload.DisposeAsync();
        }

        _telemetry.Dispose();
        if (_desk is not null)
        {
            await _desk.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        await _app.DisposeAsync();
        _client.Dispose();
        _stopping.Dispose();
    }

    private static long? FreeBytes(string home)
    {
        try
        {
            return new DriveInfo(home).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
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
