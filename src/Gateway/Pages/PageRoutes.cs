using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tda.Gateway.Costs;
using Tda.Gateway.Operations;
using Tda.Gateway.Security;
using Tda.Review.Accounts;

namespace Tda.Gateway.Pages;

/// <summary>The review page's addresses.</summary>
internal static class PageRoutes
{
    private static readonly byte[] Style = ReadStyle();

    public static void Map(IEndpointRouteBuilder routes, IExchangeStore store, TdaHome home, Func<HealthReport> health, HeldPrices prices, TimeProvider time)
    {
        routes.MapGet("/style.css", (RequestDelegate)(context =>
        {
            context.Response.ContentType = "text/css; charset=utf-8";
            return context.Response.Body.WriteAsync(Style, context.RequestAborted).AsTask();
        })).ForEveryone();
        routes.MapGet("/", Told(health, async context =>
        {
            if (ExchangesPage.ReadFilter(context.Request.Query) is { } filter)
            {
                var page = await ExchangesPage.RenderAsync(store, filter, prices.Current, context.RequestAborted);
                await Layout.WriteAsync(context, health(), "Exchanges", page);
            }
            else
            {
                var answer = Html.Of($"<p>The filter in the address isn't valid. <a href=\"/\">All exchanges</a></p>");
                await Layout.WriteAsync(context, health(), "Bad filter", answer, StatusCodes.Status400BadRequest);
            }
        }));
        routes.MapGet("/exchanges/{id}", Told(health, async context =>
        {
            var id = (string)context.GetRouteValue("id")!;
            var exchange = await store.GetAsync(id, context.RequestAborted);
            await (exchange is null
                ? NotFound(context, health(), "There is no such exchange.")
                : Layout.WriteAsync(context, health(), $"Exchange {id}", ExchangePage.Render(exchange)));
        }));
        routes.MapGet("/exchanges/{id}/raw", Told(health, async context =>
        {
            var id = (string)context.GetRouteValue("id")!;
            if (await store.GetAsync(id, context.RequestAborted) is { } exchange)
            {
                await store.AuditAsync(
                    new() { At = time.GetUtcNow(), Actor = DeskAudit.Actor(context), Action = "view_raw", Subject = id },
                    context.RequestAborted);
                await Layout.WriteAsync(context, health(), $"Exchange {id}, raw", RawPage.Render(exchange));
            }
            else
            {
                await NotFound(context, health(), "There is no such exchange.");
            }
        }));
        routes.MapGet("/usage", (RequestDelegate)(async context =>
        {
            if (UsagePage.ReadDays(context.Request.Query) is { } days)
            {
                var page = await UsagePage.RenderAsync(store, days, prices.Current, time.GetUtcNow(), context.RequestAborted);
                await Layout.WriteAsync(context, health(), "Usage", page);
            }
            else
            {
                await Layout.WriteAsync(
                    context, health(), "Bad span", Html.Of($"<p>The number of days isn't valid. <a href=\"/usage\">Usage</a></p>"), StatusCodes.Status400BadRequest);
            }
        }));
        routes.MapGet("/runs", (RequestDelegate)(context => Layout.WriteAsync(context, health(), "Runs", RunsPage.Render(home))));
        routes.MapGet("/runs/{id}", (RequestDelegate)(context =>
            RunsPage.ReportPath(home, (string)context.GetRouteValue("id")!) is { } path
                ? RunsPage.SendReportAsync(context, path)
                : NotFound(context, health(), "There is no such run, or it has no report yet.")));
        routes.MapFallback((RequestDelegate)(context => NotFound(context, health(), "There is no such page.")))
            .WithMetadata(new NoSuchPage());
    }

    /// <summary>A page that shows the log, and says so where the log can't be reached.</summary>
    private static RequestDelegate Told(Func<HealthReport> health, RequestDelegate page) => async context =>
    {
        try
        {
            await page(context);
        }
        catch (TdaException error) when (!context.Response.HasStarted)
        {
            await Layout.WriteAsync(
                context, health(), "No log", Html.Of($"<p>The log can't be reached: {error.Message}</p>"), StatusCodes.Status503ServiceUnavailable);
        }
    };

    private static Task NotFound(HttpContext context, HealthReport health, string message) =>
        Layout.WriteAsync(context, health, "Not found", Html.Of($"<p>{message}</p>"), StatusCodes.Status404NotFound);

    private static byte[] ReadStyle()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("pages/style.css")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
