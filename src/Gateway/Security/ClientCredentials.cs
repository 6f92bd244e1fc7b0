using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Tda.Gateway.Security;

/// <summary>What a client shows of itself: the headers in which the providers' clients send their key.</summary>
internal static class ClientCredentials
{
    public const string AnthropicHeader = "x-api-key";
    private const string AzureHeader = "api-key";
    private const string Bearer = "Bearer ";

    /// <summary>The key that a request carries, or null.</summary>
    public static string? Read(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim()
            : headers.TryGetValue(AnthropicHeader, out var key) || headers.TryGetValue(AzureHeader, out key) ? key.ToString().Trim()
            : null;
    }

    /// <summary>Takes the key's headers away, and any other that repeats the key.</summary>
    public static void Remove(IHeaderDictionary headers, string? key = null)
    {
        headers.Remove("Authorization");
        headers.Remove(AnthropicHeader);
        headers.Remove(AzureHeader);
        if (key is null)
        {
            return;
        }

        foreach (var name in headers.Where(header => header.Value.ToString().Contains(key, StringComparison.Ordinal)).Select(header => header.Key).ToList())
        {
            headers.Remove(name);
        }
    }

    /// <summary>Whether the address repeats the key, which would then reach the upstream and its logs.</summary>
    public static bool IsInTarget(HttpContext context, string key) =>
        context.Features.Get<IHttpRequestFeature>()?.RawTarget.Contains(key, StringComparison.Ordinal) ?? false;
}
