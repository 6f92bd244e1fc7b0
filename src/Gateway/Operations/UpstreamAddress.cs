using System.Diagnostics.CodeAnalysis;

namespace Tda.Gateway.Operations;

/// <summary>The upstream's root URL. It comes from the configuration only: never from a request.</summary>
internal static class UpstreamAddress
{
    private const string ApiRoot = "/v1";

    /// <summary>Reads a URL and cuts a final <c>/v1</c>, since every forwarded path starts with it.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out string? prefix, [NotNullWhen(false)] out string? error)
    {
        prefix = null;
        error = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            error = $"--upstream must be an http or https URL such as https://api.openai.com, not '{text}'";
        }
        else if (uri.UserInfo.Length > 0)
        {
            // Not repeated in the message: it is a secret.
            error = "--upstream must not hold a user name or password; clients send their own key";
        }
        else if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            error = "--upstream must not have a query or fragment";
        }
        else
        {
            var path = uri.AbsolutePath.TrimEnd('/');
            path = path.EndsWith(ApiRoot, StringComparison.Ordinal) ? path[..^ApiRoot.Length] : path;
            prefix = uri.GetLeftPart(UriPartial.Authority) + path.TrimEnd('/');
        }

        return prefix is not null;
    }
}
