using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Forwarding;

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
        object body = Routes.IsAnthropic(route)
            ? new { type = "error", error = new { type = timeout ? "timeout_error" : "api_error", message } }
            : new { error = new { message, type = "upstream_error", param = (string?)null, code } };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, cancellationToken);
    }
}
