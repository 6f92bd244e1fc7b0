using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tda.Review.Accounts;

namespace Tda.Gateway.Operations;

/// <summary>The addresses that machines ask how the gateway is.</summary>
internal static class HealthRoutes
{
    /// <summary><c>/alive</c>: the process serves; <c>/ready</c>: it takes requests; <c>/health</c>: everything, as JSON.</summary>
    public static void Map(IEndpointRouteBuilder routes, Func<HealthReport> health)
    {
        routes.MapGet("/alive", (RequestDelegate)(context => WriteAsync(context, StatusCodes.Status200OK, "alive\n"))).ForEveryone();
        routes.MapGet("/ready", (RequestDelegate)(context =>
        {
            var report = health();
            return WriteAsync(context, report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, report.Status + "\n");
        })).ForEveryone();
        routes.MapGet("/health", (RequestDelegate)(context =>
        {
            var report = health();
            context.Response.StatusCode = report.Status == "refusing" ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;

            // Whoever has not shown the credential learns how the gateway is, and nothing of what it does.
            object details = DeskGate.IsInside(context) ? report : new { status = report.Status };
            return context.Response.WriteAsJsonAsync(details, JsonDefaults.Options, "application/json", context.RequestAborted);
        })).ForEveryone();
    }

    private static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
