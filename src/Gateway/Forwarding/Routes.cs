using Microsoft.AspNetCore.Http;

namespace Tda.Gateway.Forwarding;

/// <summary>The kinds of calls.</summary>
internal static class Routes
{
    public const string ChatCompletions = "/v1/chat/completions";
    public const string Completions = "/v1/completions";
    public const string Messages = "/v1/messages";

    /// <summary>
    /// The route of a path: one with a parser as it is, of any other the first segment below <c>/v1</c>, so that ids in
    /// paths don't make a route each.
    /// </summary>
    public static string Of(PathString path)
    {
        var text = (path.Value ?? "").TrimEnd('/');
        if (text is ChatCompletions or Completions)
        {
            return text;
        }

        var segments = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return segments.Length < 2 ? "/v1" : "/v1/" + segments[1];
    }
}
