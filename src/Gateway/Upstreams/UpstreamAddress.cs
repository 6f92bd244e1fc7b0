using System.Diagnostics.CodeAnalysis;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Upstreams;

/// <summary>Where an upstream's API begins. It comes from the configuration only: never from a request.</summary>
/// <param name="origin">Scheme, host and port.</param>
/// <param name="basePath">The path of the API's root as its clients' base URL has it, e.g. <c>/v1beta/openai</c>; empty where the URL has none.</param>
internal sealed class UpstreamAddress(string origin, string basePath)
{
    private const string Version1 = "/v1";

    // The paths pass as the client wrote them: nothing is escaped or unescaped on the way.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    // Clients call the same again and again.
    private Mapped? _last;

    /// <summary>Scheme, host and port.</summary>
    public string Origin => origin;

    /// <summary>The path of the API's root.</summary>
    public string BasePath => basePath;

    /// <summary>Reads a URL.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out UpstreamAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        error = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            error = $"must be an http or https URL such as https://api.openai.com, or the name of one of 'upstreams', not '{text}'";
        }
        else if (uri.UserInfo.Length > 0)
        {
            // Not repeated in the message: it is a secret.
            error = "must not hold a user name or password; clients send their own key";
        }
        else if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            error = "must not have a query or fragment";
        }
        else
        {
            address = new(uri.GetLeftPart(UriPartial.Authority), uri.AbsolutePath.TrimEnd('/'));
        }

        return address is not null;
    }

    /// <summary>
    /// The upstream's own address of a call. A base path stands in the place of the call's <c>/v1</c>, as in the base URL of an OpenAI client;
    /// in front of it for Anthropic's messages, whose clients add it themselves. What base path and call have in common isn't doubled.
    /// </summary>
    /// <param name="target">The call's path and query as the client wrote it.</param>
    public Uri Map(string target)
    {
        if (_last is not { } last || last.Target != target)
        {
            _last = last = new(target, new(origin + Path(target), AsWritten));
        }

        return last.Address;
    }

    private string Path(string target)
    {
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var path = end < 0 ? target : target[..end];
        if (BasePath.Length == 0 || Repeats(path))
        {
            return target;
        }

        var second = path.IndexOf('/', 1);
        var first = second < 0 ? path : path[..second];
        var replaced = (first == Version1 && (!Routes.IsAnthropic(Routes.Of(path)) || BasePath.EndsWith(Version1, StringComparison.Ordinal)))
            || BasePath.EndsWith(first, StringComparison.Ordinal);
        return BasePath + (replaced ? target[first.Length..] : target);
    }

    /// <summary>
    /// Whether a path begins with the base path. It counts only where both spellings of the call have one route: else the rules of one could
    /// be got around by the other.
    /// </summary>
    private bool Repeats(string path) => path.StartsWith(BasePath, StringComparison.Ordinal)
        && (path.Length == BasePath.Length || path[BasePath.Length] == '/')
        && Routes.Of(path) == Routes.Of(Version1 + path[BasePath.Length..]);

    private sealed record Mapped(string Target, Uri Address);
}
