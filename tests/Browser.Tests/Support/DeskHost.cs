using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tda.Review;
using Tda.Review.Accounts;
using Tda.Store.Reviews;

namespace Tda.Browser.Tests.Support;

/// <summary>
/// Serves the desk under the policy that its hosts give it, to whoever says who they are: accounts and sessions have tests of their own, and
/// here every reviewer that a journey needs comes in by a link.
/// </summary>
internal sealed class DeskHost : IAsyncDisposable
{
    private const string Cookie = "reviewer";

    private readonly WebApplication _app;
    private readonly IDisposable _desk;

    private DeskHost(WebApplication app, IDisposable desk) => (_app, _desk) = (app, desk);

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public static async Task<DeskHost> StartAsync(DeskSetting setting)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        ReviewDesk.AddServices(builder.Services);
        var app = builder.Build();
        app.Use(GateAsync);
        var desk = ReviewDesk.Map(app, setting);
        app.MapFallback((RequestDelegate)(context => ReviewDesk.NoSuchPageAsync(context, setting)));
        await app.StartAsync();
        return new(app, desk);
    }

    /// <summary>The path by which somebody comes in.</summary>
    public static string Entrance(string name, ReviewRole role) => $"/enter?name={Uri.EscapeDataString(name)}&role={role}";

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _desk.Dispose();
    }

    private static async Task GateAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        if (context.Request.Path == "/enter")
        {
            context.Response.Cookies.Append(Cookie, $"{context.Request.Query["role"]} {context.Request.Query["name"]}", new() { HttpOnly = true, SameSite = SameSiteMode.Strict });
            context.Response.Redirect("/");
            return;
        }

        if (context.Request.Cookies[Cookie]?.Split(' ', 2) is [var role, var name])
        {
            context.Features.Set(new DeskUser(name, Enum.Parse<ReviewRole>(role), "token-of-" + name));
        }
        else if (context.GetEndpoint()?.Metadata.GetMetadata<OpenAsset>() is null)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        await next(context);
    }
}
