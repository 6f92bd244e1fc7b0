using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Tda.Gateway.Operations;

/// <summary>The address that Prometheus scrapes.</summary>
internal static class PrometheusRoute
{
    /// <summary>Maps <c>/metrics</c>; what guards the admin pages is added to what this returns.</summary>
    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder routes, GatewayMetrics metrics, Func<bool> enabled) =>
        routes.MapGet("/metrics", (RequestDelegate)(context =>
        {
            if (!enabled())
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            context.Response.ContentType = PrometheusText.ContentType;
            context.Response.Headers.CacheControl = "no-store";
            return context.Response.WriteAsync(PrometheusText.Write(metrics), context.RequestAborted);
        }));
}
