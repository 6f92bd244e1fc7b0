using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tda.Gateway.Security;

namespace Tda.Gateway.Operations;

/// <summary>The addresses that machines ask how the gateway is.</summary>
internal static class HealthRoutes
{
    /// <summary><c>/alive</c>: the process serves; <c>/ready</c>: it takes requests; <c>/health</c>: everything, as JSON.</summary>
    public static void Map(IEndpointRouteBuilder routes, Func<HealthReport> health)
    {
        routes.MapGet("/alive", (RequestDelegate)(context => WriteAsync(context, StatusCodes.Status200OK, "alive\n")));
        routes.MapGet("/ready", (RequestDelegate)(context =>
        {
            var report = health();
            return WriteAsync(context, report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, report.Status + "\n");
        }));
        routes.MapGet("/health", (RequestDelegate)(context =>
        {
            var report = health();
            context.Response.StatusCode = report.Status == "refusing" ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            context.Response.ContentType = "application/json";
            context.Response.Headers.CacheControl = "no-store";
            return context.Response.Body.WriteAsync(Details(context, report), context.RequestAborted).AsTask();
        }));
    }

    /// <summary>Whoever has not shown the credential learns how the gateway is, and nothing of what it does.</summary>
    private static byte[] Details(HttpContext context, HealthReport report) => AdminGate.IsAdmin(context)
        ? JsonSerializer.SerializeToUtf8Bytes(report, JsonDefaults.Options)
        : JsonSerializer.SerializeToUtf8Bytes(new { status = report.Status }, JsonDefaults.Options);

    private static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
