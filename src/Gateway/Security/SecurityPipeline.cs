using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tda.Gateway.Costs;
using Tda.Gateway.Operations;
using Tda.Gateway.Proxy;
using Tda.Gateway.Upstreams;
using Tda.Review.Accounts;
using Tda.Store.Keys;
using Tda.Store.Reviews;

namespace Tda.Gateway.Security;

/// <summary>Puts keys, limits, credential and TLS around the gateway: everything passes one of two gates.</summary>
internal static class SecurityPipeline
{
    // What a client may send ahead of what the upstream has taken, in memory of which each connection may take as much.
    private const int RequestBuffer = 256 << 10;

    // A body may start slowly; after this it has to flow.
    private static readonly TimeSpan BodyGrace = TimeSpan.FromSeconds(30);

    /// <summary>Registers what the gates need.</summary>
    public static void Configure(IWebHostBuilder web, IServiceCollection services, LiveOptions live, TdaHome home, TimeProvider time)
    {
        if (live.Current.Security.Tls is not null)
        {
            web.UseKestrelHttpsConfiguration();
        }

        // What the container makes it disposes of, with the host.
        services.AddSingleton(live);
        services.AddSingleton<Refusals>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton(time);
        services.AddSingleton<ForwardingPlans>();
        services.AddSingleton<HeldSecrets>();
        services.AddSingleton(new HeldPrices(live.Current.Costs.Prices, home, time));
        services.AddSingleton<Budgets>();
        services.AddSingleton<AdminCredential>();
        services.AddSingleton(_ => KeyStore.Beside(home, live.Current.Store));
        services.AddSingleton(_ => ReviewStore.AccountsBeside(home, live.Current.Store));
    }

    public static void Configure(KestrelServerOptions kestrel, LimitOptions limits)
    {
        kestrel.Limits.MaxRequestBodySize = limits.MaxBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.MaxHeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = limits.MaxHeaders;
        kestrel.Limits.MaxRequestLineSize = limits.MaxRequestLineBytes;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(RequestBuffer, limits.MaxHeaderBytes + limits.MaxRequestLineBytes);
        kestrel.Limits.MaxConcurrentConnections = DescriptorLimit.Connections(limits.MaxConnections);
        kestrel.Limits.KeepAliveTimeout = limits.KeepAlive;
        kestrel.Limits.RequestHeadersTimeout = limits.HeaderTimeout;
        kestrel.Limits.MinRequestBodyDataRate = limits.MinBodyBytesPerSecond == 0 ? null : new(limits.MinBodyBytesPerSecond, BodyGrace);

        // A slow reader holds its own answer only: an answer may take as long as the model, and the client, need.
        kestrel.Limits.MinResponseDataRate = null;
    }

    /// <summary>Sets up TLS where it is configured.</summary>
    public static void Configure(ListenOptions listen, TlsOptions? options, HeldSecrets secrets)
    {
        if (options is not null)
        {
            var certificate = new ServerCertificate(options);
            secrets.Certificate = certificate;
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate.Current()) });
        }
    }

    /// <summary>
    /// Puts the gates before the routes, and maps the routes of security's own. What is forwarded goes from its gate straight to
    /// <paramref name="forward"/>: matching routes costs each request more than finding its first segment.
    /// </summary>
    public static void Use(
        WebApplication app, LiveOptions live, IExchangeStore store, IPEndPoint listening, RequestDelegate forward, TimeProvider time)
    {
        var refusals = app.Services.GetRequiredService<Refusals>();
        var limits = app.Services.GetRequiredService<RateLimits>();
        var credential = app.Services.GetRequiredService<AdminCredential>();
        var keys = new KeyCache(app.Services.GetRequiredService<IKeyStore>(), time);
        var clients = new ClientGate(keys, limits, app.Services.GetRequiredService<Budgets>(), refusals);
        var desk = new DeskGate(new()
        {
            Door = credential,
            Reviewers = app.Services.GetRequiredService<IReviewerStore>(),
            Log = store,
            Listening = listening,
            Logs = app.Services.GetRequiredService<ILoggerFactory>(),
            Time = time,
            IsForOthers = word => KeyText.TryReadId(word, out _),
            LoginRefused = refusals.Count,
            ShutMessage = "This gateway has no admin credential and no reviewers' accounts, so its pages show on a loopback address only, and not through "
                + "a proxy. Set security.admin, or add an account with `tda reviewers add`, to see them here.",
            LinkMessage = "This gateway has no admin credential. Open the link that it wrote when it started (good once; each use writes another), or enter "
                + "the token at the link's end.",
        });
        app.Use(next => context => context.Features.Get<ForwardedCall>() is null ? next(context) : clients.HandleAsync(context, forward));
        app.UseRouting();
        app.Use((context, next) => IsOurs(context.GetEndpoint()) || !MissedCall.Is(context.Request)
            ? desk.HandleAsync(context, next)
            : refusals.AnswerMissedAsync(context));
        desk.Map(app);
        new FeedbackEndpoint(store, keys, live, time).Map(app);
    }

    /// <summary>Whether there is something of the gateway's own at an address.</summary>
    private static bool IsOurs(Endpoint? endpoint) => endpoint is not null && endpoint.Metadata.GetMetadata<NoSuchPage>() is null;
}

/// <summary>Marks the endpoint that answers where there is nothing.</summary>
internal sealed class NoSuchPage;
