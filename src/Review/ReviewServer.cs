using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tda.Review.Accounts;

namespace Tda.Review;

/// <summary>The desk on a port of its own, for a log whose gateway runs elsewhere, or not at all.</summary>
public sealed class ReviewServer : IAsyncDisposable
{
    // Answers in progress end by then; a page takes far less.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly OneTimeWord _word;
    private readonly List<IAsyncDisposable> _open = [];
    private WebApplication? _app;
    private IDisposable? _desk;
    private int _stopped;

    private ReviewServer(TimeProvider time) => _word = new(time);

    /// <summary>Where it listens, with the port that the system chose if it was asked to.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Where the log is, for people.</summary>
    public string Location { get; private set; } = "";

    /// <summary>Where the pages open, once, for the person who started it; null where it listens beyond this machine.</summary>
    public Uri? Link => Url.IsLoopback ? new(Url, "/login?token=" + _word.Word) : null;

    /// <summary>Called when the link was used and there is another.</summary>
    public Action? LinkUsed
    {
        get => _word.Used;
        set => _word.Used = value;
    }

    /// <summary>What answers, for a check that each says who may use it.</summary>
    internal IEnumerable<EndpointDataSource> Endpoints => ((IEndpointRouteBuilder)_app!).DataSources;

    /// <summary>Starts a desk; returns once it accepts connections.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="logs">Takes its warnings, if wanted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="UsageException">The address can't be used, or nobody could log in there.</exception>
    /// <exception cref="TdaException">The port is taken, or the log can't be used.</exception>
    public static async Task<ReviewServer> StartAsync(
        ReviewServerOptions options, ILoggerProvider? logs = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!ListenAddress.TryParse(options.Listen, out var listening, out var error))
        {
            throw new UsageException($"--listen {error}");
        }

        if (options.Listen.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--listen must be an http address, not '{options.Listen}': put a program that ends TLS in front, or use a gateway's pages");
        }

        var server = new ReviewServer(time ?? TimeProvider.System);
        try
        {
            await server.OpenAsync(options, listening, logs, time ?? TimeProvider.System, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets answers in progress end, for a few seconds, and closes the log.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        if (_app is not null)
        {
            if (Url is not null)
            {
                await _app.StopAsync();
            }

            await _app.DisposeAsync();
        }

        _desk?.Dispose();
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            await _open[i].DisposeAsync();
        }
    }

    private async Task OpenAsync(ReviewServerOptions options, IPEndPoint listening, ILoggerProvider? logs, TimeProvider time, CancellationToken cancellationToken)
    {
        // 1. The log, and what stands beside it.
        var log = Opened(await ExchangeStore.OpenAsync(options.Home, new() { Location = options.Store }, time, cancellationToken));
        var reviews = Opened(ReviewStore.Beside(options.Home, options.Store));
        var reviewers = Opened(ReviewStore.AccountsBeside(options.Home, options.Store));
        Location = log.Location;
        if (!IPAddress.IsLoopback(listening.Address) && !(await reviewers.ListAsync(cancellationToken)).Any(reviewer => reviewer.DisabledAt is null))
        {
            throw new UsageException(
                $"on {options.Listen} others than this machine's users reach the desk, and nobody has an account: add one with `tda reviewers add`, or listen on 127.0.0.1");
        }

        // 2. An empty server, which reads no configuration but our options.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(listening);
            kestrel.AddServerHeader = false;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Patience);
        ReviewDesk.AddServices(builder.Services);
        if (logs is not null)
        {
            builder.Logging.AddProvider(logs).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        }

        var app = _app = builder.Build();

        // 3. The gate, then the desk.
        var health = new LogHealth(log, time);
        var gate = new DeskGate(new()
        {
            Door = _word,
            Reviewers = reviewers,
            Log = log,
            Listening = listening,
            Logs = app.Services.GetRequiredService<ILoggerFactory>(),
            Time = time,
            Passwords = options.Passwords,
            ShutMessage = "Nobody has an account here. Add one with `tda reviewers add`.",
            LinkMessage = "Open the link that `tda review` wrote when it started (good once; each use writes another), or enter the token at the link's end.",
        });
        app.UseRouting();
        app.Use((context, next) => gate.HandleAsync(context, next));
        app.Use(async (context, next) =>
        {
            await health.RefreshAsync(context.RequestAborted);
            await next(context);
        });
        app.MapGet("/alive", (RequestDelegate)(context => context.Response.WriteAsync("alive\n", context.RequestAborted))).ForEveryone();
        gate.Map(app);
        var setting = new DeskSetting { Home = options.Home, Log = log, Reviews = reviews, Health = () => health.Last, Options = options.Desk, StoreLocation = options.Store, AttributeCommand = options.AttributeCommand, Time = time };
        _desk = ReviewDesk.Map(app, setting);
        app.MapFallback((RequestDelegate)(context => ReviewDesk.NoSuchPageAsync(context, setting))).For(ReviewRole.Reader);
        await ListenAddress.StartAsync(app, options.Listen, cancellationToken);
        Url = new(app.Urls.Single());
    }

    private T Opened<T>(T store)
        where T : IAsyncDisposable
    {
        _open.Add(store);
        return store;
    }
}

/// <summary>How a desk of its own runs.</summary>
public sealed record ReviewServerOptions
{
    /// <summary>Where runs, corpora and, unless <see cref="Store"/> says otherwise, the log are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>The log, as for <see cref="ExchangeStoreOptions.Location"/>.</summary>
    public string? Store { get; init; }

    /// <summary>Where it listens when nothing else is said.</summary>
    public const string DefaultListen = "http://127.0.0.1:8788";

    /// <summary>Where it listens; port 0 lets the system choose. Default <see cref="DefaultListen"/>.</summary>
    public string Listen { get; init; } = DefaultListen;

    /// <inheritdoc cref="DeskSetting.AttributeCommand"/>
    public IReadOnlyList<string>? AttributeCommand { get; init; }

    /// <summary>How the desk is set up.</summary>
    public DeskOptions Desk { get; init; } = new();

    internal Passwords Passwords { get; init; } = new();
}

/// <summary>Leaves the process's signals alone: a server may be one part of a larger program, which decides when it stops.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
