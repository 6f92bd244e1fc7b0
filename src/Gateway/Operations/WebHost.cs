using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tda.Gateway.Costs;
using Tda.Gateway.Proxy;
using Tda.Gateway.Recording;
using Tda.Gateway.Redaction;
using Tda.Gateway.Security;
using Tda.Gateway.Upstreams;
using Tda.Review;
using Tda.Review.Accounts;
using Tda.Store.Reviews;
using Yarp.ReverseProxy.Forwarder;

namespace Tda.Gateway.Operations;

/// <summary>The HTTP server around the gateway: an empty one, which reads no configuration but our options.</summary>
internal static class WebHost
{
    public static WebApplication Build(LiveOptions live, TdaHome home, ILoggerProvider? logs, TimeProvider time)
    {
        var options = live.Current;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.Services.AddRoutingCore();
        builder.Services.AddHttpForwarder();
        ReviewDesk.AddServices(builder.Services);
        SecurityPipeline.Configure(builder.WebHost, builder.Services, live, home, time);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        if (logs is not null)
        {
            builder.Logging.AddProvider(new RedactingLogs(logs, live));

            // At lower levels these write request addresses, in which some clients send keys.
            builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning).AddFilter("System", LogLevel.Warning);

            // It writes nothing at these levels, but when it might it makes an activity and a scope for every request, and each await then carries them.
            builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        }

        return builder.Build();
    }

    /// <returns>The desk, to be closed before the store.</returns>
    public static IAsyncDisposable Map(
        WebApplication app,
        LiveOptions live,
        IExchangeStore store,
        Recorder recorder,
        Func<HealthReport> health,
        GatewayTelemetry telemetry,
        TdaHome home,
        HttpMessageInvoker client,
        TimeProvider time,
        CancellationToken stopping)
    {
        var route = new GatewayRoute(app.Services.GetRequiredService<IHttpForwarder>(), client, recorder, telemetry.Metrics, time, stopping);
        var refusals = app.Services.GetRequiredService<Refusals>();
        var plans = app.Services.GetRequiredService<ForwardingPlans>();
        ListenAddress.TryParse(live.Current.Listen, out var listening, out _);
        app.Use(next => context =>
        {
            if (ForwardedCall.Take(context, plans.Current, time.GetTimestamp()) is not null || LocalCaller.IsAddressedRightly(context.Request, listening!))
            {
                return next(context);
            }

            if (MissedCall.Is(context.Request) && MissedCall.Meant(context.Request.Path) is not null)
            {
                return refusals.AnswerMissedAsync(context);
            }

            context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            return Task.CompletedTask;
        });
        SecurityPipeline.Use(app, live, store, listening!, route.HandleAsync, time);
        HealthRoutes.Map(app, health);
        telemetry.Export.MapPrometheus(
            app.MapGroup("").WithMetadata(new RequiredRole(ReviewRole.Admin) { OrIf = context => live.Current.Telemetry.OpenMetrics || DeskGate.IsInside(context) }),
            () => live.Current.Telemetry.Prometheus);
        return new GatewayDesk(app, live, store, home, health, app.Services.GetRequiredService<HeldPrices>(), time);
    }

    private static void Configure(KestrelServerOptions kestrel, GatewayOptions options)
    {
        ListenAddress.TryParse(options.Listen, out var endPoint, out _);
        kestrel.Listen(endPoint!, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            SecurityPipeline.Configure(listen, options.Security.Tls, kestrel.ApplicationServices.GetRequiredService<HeldSecrets>());
        });

        // A byte is a character, both ways: what a client or an upstream writes beyond ASCII passes as it came.
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;

        // The client sees the upstream's headers and no others.
        kestrel.AddServerHeader = false;
        SecurityPipeline.Configure(kestrel, options.Security.Limits);
    }
}
