namespace Tda.Gateway.Proxy;

/// <summary>Answers proxy routes with the gateway's own errors, in the form that the route's clients understand.</summary>
internal static class ProviderError
{
    private static readonly TimeSpan SpoolRetry = TimeSpan.FromSeconds(5);

    /// <summary>Tells of a forwarding that failed before anything was answered.</summary>
    public static Task WriteAsync(HttpContext context, string route, ForwardOutcome outcome, CancellationToken cancellationToken)
    {
        var error = outcome.State == TerminalState.Timeout
            ? new ApiError(StatusCodes.Status504GatewayTimeout, outcome.Failure + ".", "upstream_error", "upstream_timeout")
            : new ApiError(StatusCodes.Status502BadGateway, outcome.Failure + ".", "upstream_error", "upstream_unavailable");
        return WriteAsync(context, route, error, null, cancellationToken);
    }

    /// <summary>Refuses a request that can't be recorded: 503, and when to try again.</summary>
    public static Task RefuseAsync(HttpContext context, string route, string reason)
    {
        var error = new ApiError(StatusCodes.Status503ServiceUnavailable, reason + ".", "server_error", "not_recordable")
        {
            AnthropicType = "overloaded_error",
        };
        return WriteAsync(context, route, error, SpoolRetry, context.RequestAborted);
    }

    /// <summary>Answers with an error, and where given with the time after which to try again.</summary>
    public static async Task WriteAsync(
        HttpContext context, string route, ApiError error, TimeSpan? retryAfter, CancellationToken cancellationToken)
    {
        error = error with { Message = $"Tda gateway: {error.Message}" };
        var bytes = Routes.IsAnthropic(route) ? error.ToAnthropic()
            : Routes.IsGoogle(route) ? error.ToGoogle()
            : Routes.IsBedrock(route) ? error.ToBedrock()
            : error.ToOpenAI();
        context.Response.StatusCode = error.Status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        if (retryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (Routes.IsBedrock(route))
        {
            context.Response.Headers["x-amzn-ErrorType"] = error.BedrockType;
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await context.Response.Body.WriteAsync(bytes, cancellationToken);
    }
}
