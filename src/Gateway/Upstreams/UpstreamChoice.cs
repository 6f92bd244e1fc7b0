using Tda.Gateway.Proxy;
using Tda.Gateway.Security;

namespace Tda.Gateway.Upstreams;

/// <summary>
/// Which upstream a request goes to: 1. the one below whose prefix its path lies, 2. the one that its header names, 3. the one that the
/// configuration gives its route, 4. the one that serves its model, 5. the default one.
/// </summary>
internal static class UpstreamChoice
{
    /// <summary>Decides, and notes it in the call. Only where a model may decide and stands in the body, the body's beginning is read.</summary>
    /// <returns>What is wrong with the request's own choice; null when nothing is.</returns>
    public static async ValueTask<ApiError?> MakeAsync(HttpContext context, ForwardedCall call)
    {
        // 1
        if (call.Upstream is not null)
        {
            return null;
        }

        // 2
        var upstreams = call.Plan.Upstreams;
        if (context.Request.Headers[GatewayHeaders.Upstream].ToString() is { Length: > 0 } name)
        {
            call.Upstream = upstreams.Named(name);
            return call.Upstream is null ? Refusals.UnknownUpstream : null;
        }

        // 3
        call.Upstream = upstreams.ForRoute(call.Plan.Route(context.Request.Path));

        // 4
        if (call.Upstream is null && upstreams.ChooseByModel && await call.ModelAsync(context) is { } model)
        {
            call.Upstream = upstreams.ForModel(model);
        }

        // 5
        call.Upstream ??= upstreams.Default;
        return null;
    }
}
