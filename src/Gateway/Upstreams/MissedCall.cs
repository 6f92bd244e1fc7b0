using Tda.Gateway.Proxy;

namespace Tda.Gateway.Upstreams;

/// <summary>Calls to an address that the gateway doesn't forward, nearly always for want of <c>/v1</c> in the client's base URL.</summary>
internal static class MissedCall
{
    /// <summary>Whether a request for which there is no page comes from a client of an API; a person at a browser gets a page.</summary>
    public static bool Is(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
        ? Meant(request.Path) is not null && !request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        : HttpMethods.IsPost(request.Method);

    /// <summary>The call that is meant, as it is written below <c>/v1</c>; null when there is no telling.</summary>
    public static string? Meant(PathString path)
    {
        var segments = (path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var first = 0; first < segments.Length; first++)
        {
            var call = "/v1/" + string.Join('/', segments[first..]);
            if (!Routes.IsVersion(segments[first]) && Routes.IsCall(call))
            {
                return call;
            }
        }

        return null;
    }

    /// <summary>Says where the call has to go.</summary>
    public static ApiError Error(HttpRequest request)
    {
        var root = $"{request.Scheme}://{request.Host}";
        var bases = $"The base URL of OpenAI's clients here is {root}/v1, that of Anthropic's {root}.";
        return new(
            StatusCodes.Status404NotFound,
            Meant(request.Path) is { } call ? $"there is nothing at this address; this call is {root}{call}. {bases}" : $"there is nothing at this address. {bases}",
            "invalid_request_error",
            "no_such_address");
    }
}
