using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Security;

/// <summary>A request that is not forwarded: how it is counted, and how the provider would have said so.</summary>
/// <param name="Cause">The cause in the counters, and OpenAI's error code.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="OpenAIType">The error's type in OpenAI's shape.</param>
/// <param name="AnthropicType">The error's type in Anthropic's shape.</param>
/// <param name="Message">What is wrong and what to do, for the client's developer.</param>
internal sealed record Refusal(string Cause, int Status, string OpenAIType, string AnthropicType, string Message)
{
    public static readonly Refusal NoKey = new(
        "unauthorized", StatusCodes.Status401Unauthorized, "invalid_request_error", "authentication_error",
        "this gateway needs one of its own keys (tda_…) as bearer token, x-api-key or api-key; this one is missing, unknown, expired or revoked");

    public static readonly Refusal KeyMisplaced = new(
        "key_in_address", StatusCodes.Status400BadRequest, "invalid_request_error", "invalid_request_error", "the address holds the gateway's key; send it in a header only, and have this key replaced");

    public static readonly Refusal RouteForbidden = new(
        "route_forbidden", StatusCodes.Status403Forbidden, "invalid_request_error", "permission_error", "this key is not good for this route");

    public static readonly Refusal KeysUnavailable = new(
        "keys_unavailable", StatusCodes.Status503ServiceUnavailable, "server_error", "api_error", "the gateway can't check keys at the moment; try again");

    public static readonly Refusal UpstreamKeyUnavailable = new(
        "upstream_key_unavailable", StatusCodes.Status503ServiceUnavailable, "server_error", "api_error", "the gateway can't read the upstream's key at the moment; try again");

    public static readonly Refusal RateLimited = new(
        "rate_limited", StatusCodes.Status429TooManyRequests, "rate_limit_error", "rate_limit_error", "too many requests in a minute; wait as Retry-After says");

    public static readonly Refusal BodyTooLarge = new(
        "body_too_large", StatusCodes.Status413PayloadTooLarge, "invalid_request_error", "request_too_large", "the request's body is larger than this gateway takes");

    /// <summary>Answers in the shape that the route's clients understand, and counts it.</summary>
    public async Task AnswerAsync(HttpContext context, Refusals refusals, TimeSpan? retryAfter = null)
    {
        refusals.Count(Cause);
        var message = $"Tda gateway: {Message}.";
        object body = Routes.Of(context.Request.Path) == Routes.Messages
            ? new { type = "error", error = new { type = AnthropicType, message } }
            : new { error = new { message, type = OpenAIType, param = (string?)null, code = Cause } };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        if (retryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}

/// <summary>Requests that were refused before they reached the upstream, by cause. They are not forwarded, so they need no record.</summary>
public sealed class Refusals
{
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>The counts now, by cause such as <c>unauthorized</c>, <c>rate_limited</c>, <c>body_too_large</c>.</summary>
    public IReadOnlyDictionary<string, long> Counts => new SortedDictionary<string, long>(_counts.ToDictionary(), StringComparer.Ordinal);

    /// <summary>Counts one.</summary>
    public void Count(string cause) => _counts.AddOrUpdate(cause, 1, static (_, count) => count + 1);
}
