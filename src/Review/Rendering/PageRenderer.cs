using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tda.Review.Rendering;

/// <summary>
/// Renders components as whole pages of static HTML. What people and models wrote is escaped by the components' own encoder; here, in the one place
/// that every page passes, characters that can't be seen but change what is seen are spelt out (<see cref="VisibleText"/>).
/// </summary>
internal static partial class PageRenderer
{
    /// <summary>Answers with a component as page.</summary>
    /// <typeparam name="T">The page.</typeparam>
    /// <param name="context">The request.</param>
    /// <param name="parameters">What the page shows.</param>
    /// <param name="status">The answer's status.</param>
    public static async Task WriteAsync<T>(HttpContext context, Dictionary<string, object?> parameters, int status = StatusCodes.Status200OK)
        where T : IComponent
    {
        var page = await RenderAsync<T>(context.RequestServices, parameters);
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync("<!doctype html>\n" + page, context.RequestAborted);
    }

    /// <summary>A component as HTML.</summary>
    /// <typeparam name="T">The component.</typeparam>
    /// <param name="services">Must have logging.</param>
    /// <param name="parameters">What it shows.</param>
    public static async Task<string> RenderAsync<T>(IServiceProvider services, Dictionary<string, object?> parameters)
        where T : IComponent
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters))).ToHtmlString());
        return Visible(html);
    }

    /// <summary>Characters beyond ASCII, which the encoder writes as numbers, as themselves; hidden ones spelt out.</summary>
    internal static string Visible(string html) => Numbered().Replace(html, match =>
    {
        // The signs of HTML itself stay escaped.
        var code = int.Parse(match.ValueSpan[3..^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return code is '\t' or '\n' or '\r' or (>= 0x20 and < 0x7F) ? match.Value
            : VisibleText.Plain(Rune.TryCreate(code, out var rune) ? rune.ToString() : ((char)code).ToString());
    });

    [GeneratedRegex("&#x[0-9A-F]{1,6};")]
    private static partial Regex Numbered();
}
