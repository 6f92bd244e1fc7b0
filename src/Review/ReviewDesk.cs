using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tda.Review.Deciding;
using Tda.Review.Pages;

namespace Tda.Review;

/// <summary>The reviewer's desk: its pages and its API, on any host that puts a gate before them and says who comes.</summary>
public static class ReviewDesk
{
    private static readonly (string Path, string Type)[] Assets = [("desk.css", "text/css; charset=utf-8"), ("desk.js", "text/javascript; charset=utf-8")];

    /// <summary>Registers what rendering pages needs.</summary>
    public static void AddServices(IServiceCollection services) => services.AddLogging();

    /// <summary>Maps pages, API and assets.</summary>
    /// <param name="routes">Of the host.</param>
    /// <param name="setting">What the desk works on.</param>
    /// <returns>Closes what the desk has opened; the host disposes of it when it stops.</returns>
    public static IDisposable Map(IEndpointRouteBuilder routes, DeskSetting setting)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(setting);
        var rooms = new DeskRooms(setting);
        var items = new ItemReader(rooms);
        var documents = new DocumentPages(rooms, items);
        foreach (var (path, type) in Assets)
        {
            var bytes = Read(path);
            routes.MapGet("/assets/" + path, (RequestDelegate)(context =>
            {
                context.Response.ContentType = type;
                return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
            })).WithMetadata(new OpenAsset());
        }

        new ExchangePages(rooms, items).Map(routes);
        documents.Map(routes);
        new OtherPages(rooms, documents).Map(routes);
        return rooms;
    }

    /// <summary>Answers where there is no page, for whoever is in.</summary>
    public static Task NoSuchPageAsync(HttpContext context, DeskSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return DeskRooms.PageAsync<MessagePage>(
            context, new MessageModel(Accounts.DeskUser.Of(context), setting.Health(), "Not found", "There is no such page.", ("/", "Desk")), StatusCodes.Status404NotFound);
    }

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("assets/" + name)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>Marks what everyone may load, logged in or not: style and scripts.</summary>
public sealed class OpenAsset;
