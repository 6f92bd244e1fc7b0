using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tda.Gateway.Pages;

namespace Tda.Gateway.Security;

/// <summary>The form that takes the admin credential and gives a session.</summary>
internal sealed class LoginPage(AdminCredential credential, AdminSession session, Refusals refusals)
{
    private const int MaxFormBytes = 8192;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/login", (RequestDelegate)(context => context.Request.Query["token"].ToString() is { Length: > 0 } word && !credential.IsConfigured
            ? LogInAsync(context, word)
            : WriteAsync(context, null, StatusCodes.Status200OK)));
        routes.MapPost("/login", (RequestDelegate)(async context => await LogInAsync(context, await ReadTokenAsync(context))));
        routes.MapPost("/logout", (RequestDelegate)(context =>
        {
            AdminSession.End(context);
            context.Response.Redirect("/login");
            return Task.CompletedTask;
        }));
    }

    private async Task LogInAsync(HttpContext context, string? token)
    {
        var address = RateLimits.Address(context);
        if (credential.IsThrottled(address))
        {
            refusals.Count("login_throttled");
            context.Response.Headers.RetryAfter = "60";
            await WriteAsync(context, "Too many failed attempts. Wait a minute.", StatusCodes.Status429TooManyRequests);
            return;
        }

        try
        {
            if (credential.Check(token, address))
            {
                session.Start(context);
                context.Response.StatusCode = StatusCodes.Status303SeeOther;
                context.Response.Headers.Location = "/";
                return;
            }

            refusals.Count("login_failed");
            await WriteAsync(context, credential.IsConfigured ? "This is not the credential." : "This link was used before, or is none of this run's.", StatusCodes.Status401Unauthorized);
        }
        catch (TdaException)
        {
            await WriteAsync(context, "The credential can't be read at the moment.", StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task<string?> ReadTokenAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType || context.Request.ContentLength is null or > MaxFormBytes)
        {
            return null;
        }

        try
        {
            return (await context.Request.ReadFormAsync(context.RequestAborted))["token"];
        }
        catch (Exception error) when (error is InvalidDataException or BadHttpRequestException)
        {
            return null;
        }
    }

    private Task WriteAsync(HttpContext context, string? problem, int status) =>
        Layout.WriteDocumentAsync(context, status, "Log in", Html.Of($"""
            <main id="main">
            <h1>Log in</h1>
            {Html.If(problem is not null, () => Html.Of($"<p role=\"alert\">{problem}</p>"))}
            {Html.If(!credential.IsConfigured, () => Html.Of($"<p>This gateway has no admin credential. Open the link that it wrote when it started (good once; each use writes another), or enter the token at the link's end.</p>"))}
            <form method="post" action="/login">
            <label>{(credential.IsConfigured ? "Admin credential" : "Token")} <input type="password" name="token" autocomplete="current-password" required autofocus></label>
            <p><button>Log in</button></p>
            </form>
            </main>
            """));
}
