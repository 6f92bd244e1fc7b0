using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Tda.Review.Rendering;

namespace Tda.Review.Accounts;

/// <summary>
/// Stands before the desk's pages and API: 1. headers that keep an answer from doing anything but being read, 2. no foreign name and no other
/// site, 3. who it is, 4. whether their role may, 5. the form's token.
/// </summary>
public sealed class DeskGate
{
    /// <summary>Bytes of a request's body: a decision's note and spans are far shorter.</summary>
    private const long LongestBody = 16 << 20;

    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    private readonly DeskGateSetting _setting;
    private readonly DeskAccounts _accounts;
    private readonly DeskSessions _sessions;
    private readonly DeskAudit _audit;
    private readonly DeskLogin _login;

    public DeskGate(DeskGateSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        _setting = setting;
        _accounts = new(setting.Reviewers, setting.Passwords, setting.Time);
        _sessions = new(setting.Door, _accounts, setting.Time);
        _audit = new(setting.Log, setting.Time, setting.Logs.CreateLogger("Tda.Review"));
        _login = new(setting, _accounts, _sessions, _audit, request => setting.Door.IsConfigured || IsLocal(request));
    }

    /// <summary>
    /// Whether a request may see counters and give feedback: an admin's, or where there is no credential that of a program of this machine.
    /// </summary>
    internal static bool IsInside(HttpContext context) =>
        context.Features.Get<DeskUser>() is { Role: ReviewRole.Admin } || context.Features.Get<Local>() is not null;

    /// <summary>Maps <c>/login</c> and <c>/logout</c>.</summary>
    public void Map(IEndpointRouteBuilder routes) => _login.Map(routes);

    /// <summary>Handles a request that was routed; the rest of the pipeline follows in <paramref name="next"/> where it may.</summary>
    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);

        // 1
        Protect(context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = Math.Min(size.MaxRequestBodySize ?? long.MaxValue, LongestBody);
        }

        // 2
        var request = context.Request;
        if (!LocalCaller.IsAddressedRightly(request, _setting.Listening))
        {
            context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
            return;
        }

        if (!IsFromOurPages(request))
        {
            await ApiProblem.WriteAsync(context, StatusCodes.Status403Forbidden, "cross_site", "The request comes from another site.");
            return;
        }

        // 3
        if (await IdentifyAsync(context) is var (status, code, detail))
        {
            if (status == StatusCodes.Status429TooManyRequests)
            {
                context.Response.Headers.RetryAfter = "60";
            }

            await ApiProblem.WriteAsync(context, status, code, detail);
            return;
        }

        // 4
        var required = Required(context);
        var user = context.Features.Get<DeskUser>();
        if (required.Role is { } role && required.OrIf?.Invoke(context) != true)
        {
            if (user is null)
            {
                await AskAsync(context);
                return;
            }

            if (!user.May(role))
            {
                await RefuseAsync(context, user, role);
                return;
            }
        }

        // 5
        if (user is { FormToken.Length: > 0 } && required.NeedsToken && !IsSafe(request) && !await BringsTokenAsync(request, user))
        {
            await RefuseFormAsync(context);
            return;
        }

        await next(context);
    }

    /// <summary>Whether a request reads alone.</summary>
    private static bool IsSafe(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);

    /// <summary>Whether it is a program that asks, and so wants problem details.</summary>
    private static bool IsForPrograms(HttpRequest request) =>
        request.Path.StartsWithSegments("/api") || request.Path == "/metrics"
            || !(HttpMethods.IsGet(request.Method) || request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Who may use what the request was routed to. Where there is nothing, or nothing for this method (routing's own endpoint says so), whoever may
    /// read learns so.
    /// </summary>
    private static RequiredRole Required(HttpContext context) =>
        context.GetEndpoint() is not RouteEndpoint endpoint ? new(ReviewRole.Reader)
        : endpoint.Metadata.GetMetadata<RequiredRole>() ?? throw new InvalidOperationException($"{endpoint.DisplayName} is mapped without saying who may use it");

    /// <summary>
    /// Whether a request that changes something comes from our own pages, or from no browser at all: no other site may post in the
    /// name of someone who is logged in. The session's cookie is SameSite=Strict; this holds where a browser or a site on the same
    /// host name gets around that.
    /// </summary>
    private static bool IsFromOurPages(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
        || !LocalCaller.IsFromAnotherSite(
            request, origin => string.Equals(origin, $"{LocalCaller.Scheme(request)}://{request.Host}", StringComparison.OrdinalIgnoreCase));

    private static void Protect(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
            + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        // Not no-referrer: under it browsers send "Origin: null" with our own forms too, which IsFromOurPages must take for another site's.
        headers["Referrer-Policy"] = "same-origin";
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

    private static async Task<bool> BringsTokenAsync(HttpRequest request, DeskUser user)
    {
        var brought = request.Headers["X-Form-Token"].ToString();
        if (brought.Length == 0 && request.HasFormContentType)
        {
            try
            {
                // What is read here is kept: the page reads the same form.
                brought = (await request.ReadFormAsync(request.HttpContext.RequestAborted))["form_token"].ToString();
            }
            catch (Exception error) when (error is InvalidDataException or IOException)
            {
                return false;
            }
        }

        return OneTimeWord.Same(brought, user.FormToken);
    }

    /// <summary>Says who a request comes from, as features of it.</summary>
    /// <returns>Why it can't be heard; null where it can.</returns>
    private async Task<(int Status, string Code, string Detail)?> IdentifyAsync(HttpContext context)
    {
        if (IsLocal(context.Request))
        {
            context.Features.Set(new Local());
        }

        try
        {
            if (await FindAsync(context) is { } user)
            {
                context.Features.Set(user);
            }

            return null;
        }
        catch (TooManyLoginsException error)
        {
            return (StatusCodes.Status429TooManyRequests, "too_many_logins", error.Message);
        }
        catch (TdaException)
        {
            return (StatusCodes.Status503ServiceUnavailable, "credential_unavailable", "The admin credential or the accounts can't be read.");
        }
    }

    private async Task<DeskUser?> FindAsync(HttpContext context)
    {
        var mayUseDoor = _setting.Door.IsConfigured || IsLocal(context.Request);
        if (await _sessions.FindAsync(context) is { } session && (mayUseDoor || !session.ByDoor))
        {
            return session.User;
        }

        var authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            var word = authorization[Bearer.Length..].Trim();
            return mayUseDoor && !_setting.IsForOthers(word) && await IsAdminsAsync(context, word) ? new(DeskUser.AdminName, ReviewRole.Admin, "") : null;
        }

        // Nowhere else: a browser that is given name and password for a page sends them along whoever asks it to.
        return context.Request.Path.StartsWithSegments("/api/v1") && NamePassword(authorization) is var (name, password)
            ? await FindAsync(context, name, password)
            : null;
    }

    private async Task<bool> IsAdminsAsync(HttpContext context, string word)
    {
        var address = LocalCaller.Address(context);
        if (_setting.Door.IsThrottled(address))
        {
            return false;
        }

        if (_setting.Door.Check(word, address))
        {
            return true;
        }

        await _audit.AddRefusalAsync(context, "somebody", "login_failed", DeskUser.AdminName, "bearer token");
        return false;
    }

    private async Task<DeskUser?> FindAsync(HttpContext context, string name, string password)
    {
        var outcome = await _accounts.ProveAsync(name, password, LocalCaller.Address(context), context.RequestAborted);
        if (outcome.Account is not { } account)
        {
            await _audit.AddRefusalAsync(context, "somebody", "login_failed", outcome.IsKnown ? name : "unknown", "basic");
            return null;
        }

        if (outcome.IsNew)
        {
            await _audit.AddAsync(context, account.Name, "login", "basic");
        }

        return new(account.Name, account.Role, "");
    }

    private static (string Name, string Password)? NamePassword(string authorization)
    {
        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(authorization[Basic.Length..].Trim()));
            return text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? (text[..colon], text[(colon + 1)..]) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Asks whoever isn't known to log in, where that can help.</summary>
    private async Task AskAsync(HttpContext context)
    {
        var request = context.Request;
        if (!_setting.Door.IsConfigured && !IsLocal(request) && !await _accounts.AnyAsync(context.RequestAborted))
        {
            await ApiProblem.WriteAsync(context, StatusCodes.Status403Forbidden, "no_credential", _setting.ShutMessage);
        }
        else if (IsForPrograms(request))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer"; // for Basic a browser would ask, and remember
            await ApiProblem.WriteAsync(context, StatusCodes.Status401Unauthorized, "unauthorized",
                "Send the admin credential as bearer token, or at /api/v1 an account's name and password, or log in.");
        }
        else if (HttpMethods.IsGet(request.Method))
        {
            context.Response.Redirect(DeskLogin.Address(request.PathBase + request.Path + request.QueryString));
        }
        else
        {
            await _login.WriteAsync(
                context, StatusCodes.Status401Unauthorized, "The session is over; nothing was changed. Log in again.", PageOfForm(request), await NoteAsync(request));
        }
    }

    private async Task RefuseAsync(HttpContext context, DeskUser user, ReviewRole needed)
    {
        var request = context.Request;
        await _audit.AddRefusalAsync(context, user.Name, "refused", $"{request.Method} {Route(context)}", $"needs {Shown.Word(needed)}, has {Shown.Word(user.Role)}");
        var detail = $"This needs the role {Shown.Word(needed)}, and {user.Name} has {Shown.Word(user.Role)}.";
        await (IsForPrograms(request)
            ? ApiProblem.WriteAsync(context, StatusCodes.Status403Forbidden, "role", detail)
            : SayAsync(context, "Not allowed", detail));
    }

    // The route as it is mapped: what stands in the address is whoever sent it's to choose.
    private static string Route(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "an address without a page";

    private static async Task RefuseFormAsync(HttpContext context)
    {
        const string detail = "The form has no token of this session, so nothing was changed: load the page again, and send the form from there.";
        await (IsForPrograms(context.Request)
            ? ApiProblem.WriteAsync(context, StatusCodes.Status403Forbidden, "form_token", detail + " Programs send the token as X-Form-Token.")
            : SayAsync(context, "Form out of date", detail, PageOfForm(context.Request), await NoteAsync(context.Request)));
    }

    /// <summary>The page that a form stood on: it is posted to an address below that.</summary>
    private static string PageOfForm(HttpRequest request) => DeskLogin.LocalPath((request.PathBase + request.Path).Value is { } path ? path[..Math.Max(1, path.LastIndexOf('/'))] : "/");

    /// <summary>What somebody typed into a form that can't be taken: it goes back to them, and nowhere else.</summary>
    private static async Task<string?> NoteAsync(HttpRequest request)
    {
        try
        {
            return request.HasFormContentType ? (await request.ReadFormAsync(request.HttpContext.RequestAborted))["note"].ToString() : null;
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return null;
        }
    }

    private static Task SayAsync(HttpContext context, string title, string message, string? back = null, string? kept = null) => PageRenderer.WriteAsync<GateNotice>(
        context,
        new() { [nameof(GateNotice.Title)] = title, [nameof(GateNotice.Message)] = message, [nameof(GateNotice.Back)] = back, [nameof(GateNotice.Typed)] = kept },
        StatusCodes.Status403Forbidden);

    // A proxy in front shows a loopback address to the world.
    private bool IsLocal(HttpRequest request) =>
        !_setting.Door.IsConfigured && IPAddress.IsLoopback(_setting.Listening.Address) && !LocalCaller.IsProxied(request);

    private sealed class Local;
}

/// <summary>What the gate needs of the server that it stands in.</summary>
public sealed record DeskGateSetting
{
    /// <summary>The way in beside the accounts.</summary>
    public required IAdminDoor Door { get; init; }

    /// <summary>The accounts.</summary>
    public required IReviewerStore Reviewers { get; init; }

    /// <summary>Where logins and refusals are audited.</summary>
    public required IExchangeWriter Log { get; init; }

    /// <summary>Where the server listens.</summary>
    public required IPEndPoint Listening { get; init; }

    /// <summary>Takes warnings.</summary>
    public required ILoggerFactory Logs { get; init; }

    /// <summary>Said where nobody can log in: no credential, no account, and no program of this machine that asks.</summary>
    public required string ShutMessage { get; init; }

    /// <summary>Said on the login page of the link that is good once.</summary>
    public required string LinkMessage { get; init; }

    /// <summary>Whether a bearer token is meant for another part of the server, so that it isn't a wrong credential.</summary>
    public Func<string, bool> IsForOthers { get; init; } = _ => false;

    /// <summary>Called with a word for each login that was refused, to be counted.</summary>
    public Action<string> LoginRefused { get; init; } = _ => { };

    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal Passwords Passwords { get; init; } = new();
}
