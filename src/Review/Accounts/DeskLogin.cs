using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Tda.Review.Rendering;

namespace Tda.Review.Accounts;

/// <summary>
/// <c>/login</c> and <c>/logout</c>: takes a reviewer's name and password, or the admin's credential or one-time word, and gives a session.
/// </summary>
internal sealed class DeskLogin(DeskGateSetting setting, DeskAccounts accounts, DeskSessions sessions, DeskAudit audit, Func<HttpRequest, bool> hasDoor)
{
    private const int MaxFormBytes = 8192;
    private const int LongestPath = 2000;

    public void Map(IEndpointRouteBuilder routes)
    {
        // Whoever logs in has no session yet whose token a form could bring; that no other site may post here, the gate sees to.
        var open = new RequiredRole(Role: null) { NeedsToken = false };
        routes.MapGet("/login", (RequestDelegate)(context => context.Request.Query["token"].ToString() is { Length: > 0 } word && !setting.Door.IsConfigured
            ? LogInAsync(context, new(null, "", word, LocalPath(context.Request.Query["next"])))
            : WriteAsync(context, StatusCodes.Status200OK, null))).WithMetadata(open);
        routes.MapPost("/login", (RequestDelegate)(async context => await LogInAsync(context, await ReadAsync(context)))).WithMetadata(open);
        routes.MapPost("/logout", (RequestDelegate)LogOutAsync).For(ReviewRole.Reader);
    }

    /// <summary>The login's address for whoever wanted to see another.</summary>
    public static string Address(string wanted) => LocalPath(wanted) is var path and not "/" ? $"/login?next={Uri.EscapeDataString(path)}" : "/login";

    /// <summary>
    /// A path of ours, and else <c>/</c>: never one that leads to another site (<c>//host</c>, <c>/\host</c>), nor to the login itself.
    /// </summary>
    internal static string LocalPath(string? path) => path is { Length: > 0 and <= LongestPath } && path[0] == '/'
        && (path.Length == 1 || path[1] != '/') && !path.Any(c => c is '\\' or <= ' ' or >= '\x7f')
        && !path.StartsWith("/login", StringComparison.OrdinalIgnoreCase) && !path.StartsWith("/logout", StringComparison.OrdinalIgnoreCase)
        ? path
        : "/";

    /// <summary>Answers with the form.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="problem">What went wrong.</param>
    /// <param name="next">Where whoever logs in goes then; null: as the address says.</param>
    /// <param name="kept">What was typed into a form that couldn't be taken.</param>
    public async Task WriteAsync(HttpContext context, int status, string? problem, string? next = null, string? kept = null)
    {
        var withAccounts = await accounts.AnyAsync(context.RequestAborted);
        await PageRenderer.WriteAsync<LoginForm>(context, new()
        {
            [nameof(LoginForm.Problem)] = problem,
            [nameof(LoginForm.Next)] = next ?? LocalPath(context.Request.Query["next"]),
            [nameof(LoginForm.Typed)] = kept,
            [nameof(LoginForm.WithAccounts)] = withAccounts,
            [nameof(LoginForm.WithCredential)] = setting.Door.IsConfigured,
            [nameof(LoginForm.LinkMessage)] = setting.Door.IsConfigured || !hasDoor(context.Request) ? null : setting.LinkMessage,
        }, status);
    }

    private async Task LogInAsync(HttpContext context, Typed typed)
    {
        try
        {
            if (await (typed.Name is null ? IsAdminAsync(context, typed) : IsReviewerAsync(context, typed)))
            {
                context.Response.StatusCode = StatusCodes.Status303SeeOther;
                context.Response.Headers.Location = typed.Next;
                return;
            }

            setting.LoginRefused("login_failed");
            await WriteAsync(context, StatusCodes.Status401Unauthorized, typed.Name is not null ? "Name or password is wrong."
                : setting.Door.IsConfigured ? "This is not the credential."
                : "This link was used before, or is none of this run's.", typed.Next);
        }
        catch (TooManyLoginsException error)
        {
            setting.LoginRefused("login_throttled");
            context.Response.Headers.RetryAfter = "60";
            await WriteAsync(context, StatusCodes.Status429TooManyRequests, error.Message, typed.Next);
        }
        catch (TdaException)
        {
            await WriteAsync(context, StatusCodes.Status503ServiceUnavailable,
                typed.Name is null ? "The credential can't be read at the moment." : "The accounts can't be read at the moment.", typed.Next);
        }
    }

    private async Task<bool> IsAdminAsync(HttpContext context, Typed typed)
    {
        var address = LocalCaller.Address(context);
        if (setting.Door.IsThrottled(address))
        {
            throw new TooManyLoginsException();
        }

        if (!hasDoor(context.Request) || !setting.Door.Check(typed.Word, address))
        {
            await audit.AddRefusalAsync(context, "somebody", "login_failed", DeskUser.AdminName);
            return false;
        }

        sessions.Start(context, null);
        await audit.AddAsync(context, DeskUser.AdminName, "login");
        return true;
    }

    private async Task<bool> IsReviewerAsync(HttpContext context, Typed typed)
    {
        var outcome = await accounts.LogInAsync(typed.Name!, typed.Password, LocalCaller.Address(context), context.RequestAborted);
        if (outcome.Account is not { } account)
        {
            // A name that is nobody's isn't written down: many type their password there by mistake.
            await audit.AddRefusalAsync(context, "somebody", "login_failed", outcome.IsKnown ? typed.Name! : "unknown");
            return false;
        }

        sessions.Start(context, account);
        await audit.AddAsync(context, account.Name, "login");
        return true;
    }

    private async Task LogOutAsync(HttpContext context)
    {
        sessions.End(context);
        await audit.AddAsync(context, DeskUser.Of(context).Name, "logout");
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/login";
    }

    private static async Task<Typed> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType || context.Request.ContentLength is null or > MaxFormBytes)
        {
            return new(null, "", null, "/");
        }

        try
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            return new(form["name"].ToString() is { Length: > 0 } name ? name : null, form["password"].ToString(), form["token"], LocalPath(form["next"]));
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return new(null, "", null, "/");
        }
    }

    /// <summary>What somebody typed, and where they wanted to go.</summary>
    private sealed record Typed(string? Name, string Password, string? Word, string Next);
}
