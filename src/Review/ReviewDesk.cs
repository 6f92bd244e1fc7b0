using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tda.Review.Accounts;
using Tda.Review.Api;
using Tda.Review.Deciding;
using Tda.Review.Pages;

namespace Tda.Review;

/// <summary>The reviewer's desk: its pages and its API, on any host that puts a gate before them and says who comes.</summary>
public static class ReviewDesk
{
    private static readonly (string Path, string Type)[] Assets = [("desk.css", "text/css; charset=utf-8"), ("desk.js", "text/javascript; charset=utf-8")];

    /// <summary>Registers what pages and API need.</summary>
    public static void AddServices(IServiceCollection services)
    {
        services.AddLogging();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
            json.SerializerOptions.PropertyNamingPolicy = JsonDefaults.Options.PropertyNamingPolicy;
            json.SerializerOptions.DefaultIgnoreCondition = JsonDefaults.Options.DefaultIgnoreCondition;
            foreach (var converter in JsonDefaults.Options.Converters)
            {
                json.SerializerOptions.Converters.Add(converter);
            }
        });
        services.AddOpenApi("v1", options => options.AddDocumentTransformer((document, _, _) =>
        {
            (document.Info.Title, document.Info.Description) = ("Tda: the reviewer's desk", "Everything that the desk's pages do. Programs come with an account's name and password (Basic) or the admin credential (Bearer).");
            return Task.CompletedTask;
        }));
    }

    /// <summary>Maps pages, API and assets.</summary>
    /// <param name="routes">Of the host.</param>
    /// <param name="setting">What the desk works on.</param>
    /// <returns>Closes what the desk has opened; the host disposes of it when it stops.</returns>
    public static IDisposable Map(IEndpointRouteBuilder routes, DeskSetting setting)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(setting);
        var rooms = new DeskRooms(setting);
        var taker = new DecisionTaker(rooms);
        var items = new ItemReader(rooms, taker);
        var documents = new DocumentPages(rooms, taker);
        foreach (var (path, type) in Assets)
        {
            var bytes = path.EndsWith(".css", StringComparison.Ordinal) ? [.. Encoding.UTF8.GetBytes(HouseStyle.Css), .. Read(path)] : Read(path);
            routes.MapGet("/assets/" + path, (RequestDelegate)(context =>
            {
                context.Response.ContentType = type;
                return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
            })).ForEveryone();
        }

        new ExchangePages(rooms, items).Map(routes);
        documents.Map(routes);
        new OtherPages(rooms, documents).Map(routes);
        new ApiRoutes(rooms, items, taker).Map(routes);
        routes.MapOpenApi("/api/{documentName}/openapi.json").For(ReviewRole.Reader);
        return rooms;
    }

    /// <summary>Answers where there is no page, for whoever is in.</summary>
    public static Task NoSuchPageAsync(HttpContext context, DeskSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return DeskRooms.PageAsync<MessagePage>(
            context, new MessageModel(DeskUser.Of(context), setting.Health(), "Not found", "There is no such page.", ("/", "Desk")), StatusCodes.Status404NotFound);
    }

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("assets/" + name)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
