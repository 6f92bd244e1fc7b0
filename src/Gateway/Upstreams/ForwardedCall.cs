using Microsoft.AspNetCore.Http.Features;
using Tda.Gateway.Capture;
using Tda.Gateway.Proxy;
using Tda.Gateway.WebSockets;

namespace Tda.Gateway.Upstreams;

/// <summary>A request that goes to an upstream, as a feature of its HttpContext: what holds for it, and where it goes.</summary>
internal sealed class ForwardedCall
{
    private const string Version1 = "/v1";

    private bool _searched;
    private string? _model;

    private ForwardedCall(ForwardingPlan plan, Upstream? upstream, PathString written, string target, long arrived)
    {
        Plan = plan;
        Upstream = upstream;
        Written = written;
        Target = target;
        Arrived = arrived;
    }

    /// <summary>The options in force when it came: a change never splits a request.</summary>
    public ForwardingPlan Plan { get; }

    /// <summary>Where it goes; null until that is decided.</summary>
    public Upstream? Upstream { get; set; }

    /// <summary>Its path as the client sees it, with an upstream's prefix.</summary>
    public PathString Written { get; }

    /// <summary>Path and query below the prefix, exactly as the client wrote them unless they need cleaning.</summary>
    public string Target { get; }

    /// <summary>When it came, or was sent again, in the clock's ticks.</summary>
    public long Arrived { get; set; }

    /// <summary>The model that it asks for, as its path says or its JSON body, of which the beginning is read for it, or the query of one that opens a WebSocket; null when none does.</summary>
    public async ValueTask<string?> ModelAsync(HttpContext context)
    {
        if (!_searched)
        {
            _searched = true;
            _model = Routes.ModelIn(context.Request.Path.Value ?? "") ?? (
                WebSocketUpgrade.WantsAny(context) ? context.Request.Query["model"]
                : HasJson(context.Request) ? await ModelSearch.InBodyAsync(context.Request, context.RequestAborted)
                : null);
        }

        return _model;
    }

    /// <summary>
    /// Takes a request whose path is below an API's root or an upstream's prefix; null for others. From here on the request's path is that
    /// of the call below <c>/v1</c>, or another root, without the prefix: so the same rules hold for it however it came.
    /// </summary>
    public static ForwardedCall? Take(HttpContext context, ForwardingPlan plan, long arrived)
    {
        var request = context.Request;
        var written = request.Path;
        var upstream = plan.Upstreams.ByPrefix(written, out var prefix, out var below);
        var rooted = Routes.IsRooted(below);
        if (upstream is null && !rooted)
        {
            return null;
        }

        var target = AsWritten(context.Features.Get<IHttpRequestFeature>()?.RawTarget, prefix)
            ?? below.ToUriComponent() + request.QueryString.ToUriComponent();
        if (upstream is not null)
        {
            request.PathBase = prefix;
            request.Path = rooted ? below : new PathString(Version1 + below.Value);
            target = !rooted && (upstream.Address.BasePath.Length > 0 || Routes.IsCall(request.Path)) ? Version1 + target : target;
        }

        var call = new ForwardedCall(plan, upstream, written, target, arrived);
        context.Features.Set(call);
        return call;
    }

    private static bool HasJson(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && request.ContentLength is not 0
        && request.Headers.ContentEncoding.Count == 0 && (request.ContentType is null || MediaTypes.IsJson(request.ContentType));

    /// <summary>The target below the prefix as it stands in the request line; null where it needs cleaning.</summary>
    private static string? AsWritten(string? raw, string prefix) =>
        raw is null || !raw.StartsWith(prefix, StringComparison.Ordinal) || raw.Length <= prefix.Length || raw[prefix.Length] != '/'
        || HasDotSegment(raw) || raw.Contains('#', StringComparison.Ordinal)
            ? null
            : raw[prefix.Length..];

    private static bool HasDotSegment(string raw)
    {
        if (!raw.Contains("/.", StringComparison.Ordinal) && !raw.Contains('%', StringComparison.Ordinal))
        {
            return false;
        }

        var path = raw.Split('?', 2)[0].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase);
        return path.Split('/').Any(segment => segment is "." or "..");
    }
}
