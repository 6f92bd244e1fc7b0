using System.Net;
using Microsoft.AspNetCore.WebUtilities;

namespace Tda.Gateway.Security;

/// <summary>Stands before everything of the gateway's own: who may see it, and from where it may be posted to.</summary>
internal sealed class AdminGate(AdminCredential credential, AdminSession session, IPEndPoint listening, Func<bool> openMetrics)
{
    private const string Bearer = "Bearer ";

    /// <summary>Whether a request was let in with the credential.</summary>
    public static bool IsAdmin(HttpContext context) => context.Features.Get<Granted>() is not null;

    /// <summary>
    /// Whether a request may see counters and give feedback: with the credential, or where there is none as a program of this machine. What
    /// people and models wrote is for admins alone.
    /// </summary>
    public static bool IsInside(HttpContext context) => IsAdmin(context) || context.Features.Get<Local>() is not null;

    /// <summary>Who a request comes from, for the audit.</summary>
    public static string Actor(HttpContext context) =>
        context.Features.Get<ClientIdentity>() is { } client ? $"client {client.Id}" : $"admin at {context.Connection.RemoteIpAddress}";

    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        Protect(context);
        if (!IsFromOurPages(context.Request))
        {
            await ApiProblem.WriteAsync(context, StatusCodes.Status403Forbidden, "cross_site", "The request comes from another site.");
            return;
        }

        try
        {
            if (IsGranted(context))
            {
                context.Features.Set(new Granted());
            }

            if (IsLocal(context.Request))
            {
                context.Features.Set(new Local());
            }
        }
        catch (TdaException)
        {
            await ApiProblem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "credential_unavailable",
                "The admin credential can't be read.");
            return;
        }

        // The API lets clients in with their own key, so it decides for itself.
        var path = context.Request.Path;
        if (IsAdmin(context) || IsOpen(path) || path.StartsWithSegments("/api") || (path == "/metrics" && (openMetrics() || IsInside(context))))
        {
            await next(context);
        }
        else if (!credential.IsConfigured && !IsInside(context))
        {
            await ApiProblem.WriteAsync(context, StatusCodes.Status403Forbidden, "no_credential",
                "This gateway has no admin credential, so its pages show on a loopback address only, and not through a proxy. Set security.admin to see them here.");
        }
        else if (HttpMethods.IsGet(context.Request.Method) && path != "/metrics")
        {
            context.Response.Redirect("/login");
        }
        else
        {
            await ApiProblem.WriteAsync(context, StatusCodes.Status401Unauthorized, "unauthorized",
                "Send the admin credential as bearer token, or log in.");
        }
    }

    /// <summary>
    /// Whether a request that changes something comes from our own pages, or from no browser at all: no other site may post in the
    /// name of someone who is logged in. The session's cookie is SameSite=Strict; this holds where a browser or a site on the same
    /// host name gets around that.
    /// </summary>
    private static bool IsFromOurPages(HttpRequest request)
    {
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
            || !LocalCaller.IsFromAnotherSite(
                request, origin => string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether these open to everyone: liveness, health (without details), the login and what it needs.</summary>
    private static bool IsOpen(PathString path) => path.Value is "/alive" or "/health" or "/ready" or "/login" or "/style.css";

    /// <summary>Sets the headers that keep whatever is answered from doing anything but being read.</summary>
    private static void Protect(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        headers["Permissions-Policy"] =
            "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()";
        headers.XFrameOptions = "DENY";
        if (context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }
    }

    private bool IsGranted(HttpContext context)
    {
        if (!credential.IsConfigured && !IsLocal(context.Request))
        {
            return false;
        }

        if (session.IsIn(context))
        {
            return true;
        }

        var authorization = context.Request.Headers.Authorization.ToString();
        var address = RateLimits.Address(context);
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            && !KeyText.TryReadId(authorization[Bearer.Length..].Trim(), out _)
            && !credential.IsThrottled(address)
            && credential.Check(authorization[Bearer.Length..].Trim(), address);
    }

    // A proxy in front shows a loopback address to the world.
    private bool IsLocal(HttpRequest request) => !credential.IsConfigured && IPAddress.IsLoopback(listening.Address) && !LocalCaller.IsProxied(request);

    private sealed class Granted;

    private sealed class Local;
}

/// <summary>Errors of the gateway's own API: problem details (RFC 9457).</summary>
internal static class ApiProblem
{
    public static Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        var problem = new { type = "about:blank", title = ReasonPhrases.GetReasonPhrase(status), status, detail, code };
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(problem, JsonDefaults.Options, "application/problem+json", context.RequestAborted);
    }
}
