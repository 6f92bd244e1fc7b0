using System.Collections.Concurrent;
using Tda.Gateway.Proxy;
using Tda.Gateway.Upstreams;

namespace Tda.Gateway.Security;

/// <summary>
/// Requests that were refused before they reached the upstream: the errors that they are answered with, and how many there were of
/// each. They are not forwarded, so they need no record.
/// </summary>
public sealed class Refusals
{
    internal static readonly ApiError NoKey = new(
        StatusCodes.Status401Unauthorized,
        "this gateway needs one of its own keys (tda_…) as bearer token, x-api-key or api-key; "
            + "this one is missing, unknown, expired or revoked.",
        "invalid_request_error",
        "unauthorized");

    internal static readonly ApiError KeyMisplaced = new(StatusCodes.Status400BadRequest,
        "the address holds the gateway's key; send it in a header only, and have this key replaced.",
        "invalid_request_error",
        "key_in_address");

    internal static readonly ApiError RouteForbidden = new(
        StatusCodes.Status403Forbidden, "this key is not good for this route.", "invalid_request_error", "route_forbidden");

    internal static readonly ApiError KeysUnavailable = new(StatusCodes.Status503ServiceUnavailable,
        "the gateway can't check keys at the moment; try again.", "server_error", "keys_unavailable");

    internal static readonly ApiError UpstreamKeyUnavailable = new(StatusCodes.Status503ServiceUnavailable,
        "the gateway can't read the upstream's key at the moment; try again.", "server_error", "upstream_key_unavailable");

    internal static readonly ApiError FromBrowser = new(StatusCodes.Status403Forbidden,
        "the request comes from a web page or through another proxy, and this gateway would spend its key for anybody there; set "
            + "security.require_client_keys.",
        "invalid_request_error",
        "not_local");

    internal static readonly ApiError OptOutUnknown = new(StatusCodes.Status400BadRequest,
        $"{GatewayHeaders.OptOutHeader} takes record, distill, or both with a comma between them.", "invalid_request_error", "opt_out_unknown");

    internal static readonly ApiError OptOutForbidden = new(StatusCodes.Status403Forbidden,
        $"this gateway does not let its clients opt out as far as {GatewayHeaders.OptOutHeader} asks.", "invalid_request_error", "opt_out_forbidden");
    internal static readonly ApiError UnknownUpstream = new(StatusCodes.Status400BadRequest,
        $"{GatewayHeaders.Upstream} names no upstream of this gateway.", "invalid_request_error", "unknown_upstream");

    internal static readonly ApiError BudgetNeedsRecord = new(StatusCodes.Status400BadRequest,
        $"this gateway's budgets count by its record, so it can't forward what {GatewayHeaders.OptOutHeader} keeps out of it.",
        "invalid_request_error",
        "budget_needs_record");

    internal static readonly ApiError RateLimited = new(StatusCodes.Status429TooManyRequests,
        "too many requests in a minute; wait as Retry-After says.", "rate_limit_error", "rate_limited");

    internal static readonly ApiError BodyTooLarge = new(StatusCodes.Status413PayloadTooLarge,
        "the request's body is larger than this gateway takes.", "invalid_request_error", "body_too_large");

    internal static readonly ApiError UpgradeRefused = new(StatusCodes.Status403Forbidden,
        "this gateway takes no WebSockets on this route; use the route's plain calls.", "invalid_request_error", "upgrade_refused");

    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>The counts now, by cause such as <c>unauthorized</c>, <c>rate_limited</c>, <c>body_too_large</c>.</summary>
    public IReadOnlyDictionary<string, long> Counts => new SortedDictionary<string, long>(_counts.ToDictionary(), StringComparer.Ordinal);

    public void Count(string cause) => _counts.AddOrUpdate(cause, 1, static (_, count) => count + 1);

    /// <summary>Refuses a request whose budget is used up.</summary>
    internal static ApiError BudgetUsedUp(string name) => new(
        StatusCodes.Status429TooManyRequests, $"the budget '{name}' is used up; it begins anew as Retry-After says.", "insufficient_quota", "budget_used_up");

    /// <summary>Refuses a spelling of a route by which its rules would not hold.</summary>
    internal static ApiError Respelled(string route) => new(
        StatusCodes.Status404NotFound, $"write this path as {route}, plainly.", "invalid_request_error", "path_spelling");

    /// <summary>Answers in the form that the route's clients understand, and counts it under the error's code.</summary>
    internal Task AnswerAsync(HttpContext context, ApiError refusal, TimeSpan? retryAfter = null) =>
        AnswerAsync(context, Routes.Disguised(context.Request.Path) ?? Routes.Of(context.Request.Path), refusal, retryAfter);

    /// <summary>Answers a call that came to an address which the gateway doesn't forward.</summary>
    internal Task AnswerMissedAsync(HttpContext context) =>
        AnswerAsync(context, Routes.Of(MissedCall.Meant(context.Request.Path)), MissedCall.Error(context.Request), null);

    private Task AnswerAsync(HttpContext context, string route, ApiError refusal, TimeSpan? retryAfter)
    {
        Count(refusal.Code!);
        return ProviderError.WriteAsync(context, route, refusal, retryAfter, context.RequestAborted);
    }
}
