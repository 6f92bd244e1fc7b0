using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Proxy;

/// <summary>The gateway's own errors on proxy routes, in the shape that the provider's clients understand.</summary>
internal static class ProviderError
{
    /// <summary>Answers with a JSON error, if nothing was answered yet; the forwarder has set the status.</summary>
    public static async Task WriteAsync(HttpContext context, string route, ForwardOutcome outcome, CancellationToken cancellationToken)
    {
        var timeout = outcome.State == TerminalState.Timeout;
        context.Response.StatusCode = timeout ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway;
        var message = $"Tda gateway: {outcome.Failure}.";
        var code = timeout ? "upstream_timeout" : "upstream_unavailable";
        await WriteAsync(context, route, message, anthropicType: timeout ? "timeout_error" : "api_error", openAIType: "upstream_error", code, cancellationToken);
    }

    /// <summary>Refuses a request that can't be recorded: 503, and when to try again.</summary>
    public static Task RefuseAsync(HttpContext context, string route, string reason)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "5";
        return WriteAsync(context, route, $"Tda gateway: {reason}.", "overloaded_error", "server_error", "not_recordable", context.RequestAborted);
    }

    private static async Task WriteAsync(
        HttpContext context, string route, string message, string anthropicType, string openAIType, string code, CancellationToken cancellationToken)
    {
        object body = Routes.IsAnthropic(route)
            ? new { type = "error", error = new { type = anthropicType, message } }
            : new { error = new { message, type = openAIType, param = (string?)null, code } };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, cancellationToken);
    }
}
