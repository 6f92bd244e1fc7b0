using Microsoft.AspNetCore.Http.Features;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Security;

/// <summary>
/// Stands before the forwarder: 1. a plain path, from a program on this machine where the gateway's key is open to all there, 2. size,
/// 3. the client's key, 4. its limits and what it may keep back, 5. the upstream's key in its place.
/// </summary>
internal sealed class ClientGate(LiveOptions live, KeyCache keys, RateLimits limits, Refusals refusals, HeldSecret upstreamKey)
{
    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        var security = live.Current.Security;
        if (await RefuseAsync(context, security) is var (refusal, retryAfter))
        {
            await refusals.AnswerAsync(context, refusal, retryAfter);
            return;
        }

        AdminSession.RemoveCookie(context.Request.Headers);
        var body = context.Response.Body;
        await next(context);
        if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status413PayloadTooLarge })
        {
            // The body's length was not announced, and it went on past the limit.
            context.Response.Body = body;
            await refusals.AnswerAsync(context, Refusals.BodyTooLarge);
        }
    }

    private async ValueTask<(ApiError Refusal, TimeSpan? RetryAfter)?> RefuseAsync(HttpContext context, SecurityOptions security)
    {
        // 1
        if (Routes.Disguised(context.Request.Path) is { } route)
        {
            return (Refusals.Respelled(route), null);
        }

        if (security is { UpstreamKey: not null, RequireClientKeys: false } && !LocalCaller.Is(context.Request))
        {
            return (Refusals.FromBrowser, null);
        }

        // 2
        if (context.Request.ContentLength > security.Limits.MaxBodyBytes)
        {
            return (Refusals.BodyTooLarge, null);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = security.Limits.MaxBodyBytes;
        }

        // 3
        if (security.RequireClientKeys && await CheckKeyAsync(context) is { } refusal)
        {
            return (refusal, null);
        }

        // 4
        if (limits.Take(context) is { } wait)
        {
            return (Refusals.RateLimited, wait);
        }

        if (context.Request.Headers.TryGetValue(GatewayHeaders.OptOutHeader, out var header))
        {
            if (GatewayHeaders.ReadOptOut(header) is not { } optOut)
            {
                return (Refusals.OptOutUnknown, null);
            }

            // Each includes the smaller: what isn't recorded isn't learnt from.
            if ((optOut.HasFlag(OptOut.Record) ? OptOut.Record : optOut) > live.Current.AllowOptOut)
            {
                return (Refusals.OptOutForbidden, null);
            }
        }

        // 5
        return security.UpstreamKey is { } key && !TryPut(key, context.Request.Headers) ? (Refusals.UpstreamKeyUnavailable, null) : null;
    }

    private async ValueTask<ApiError?> CheckKeyAsync(HttpContext context)
    {
        var presented = ClientCredentials.Read(context.Request.Headers);
        try
        {
            if (await keys.CheckAsync(presented, RateLimits.Address(context), context.RequestAborted) is not { } key)
            {
                return Refusals.NoKey;
            }

            if (ClientCredentials.IsInTarget(context, presented!))
            {
                return Refusals.KeyMisplaced;
            }

            if (key.Routes.Count > 0 && !key.Routes.Contains(Routes.Of(context.Request.Path)))
            {
                return Refusals.RouteForbidden;
            }

            ClientCredentials.Remove(context.Request.Headers, presented);
            context.Features.Set(new ClientIdentity(key.Id, key.RequestsPerMinute));
            return null;
        }
        catch (TdaException)
        {
            return Refusals.KeysUnavailable;
        }
    }

    /// <summary>Puts the upstream's key in the place of the client's; false when it can't be read.</summary>
    private bool TryPut(UpstreamKeyOptions options, IHeaderDictionary headers)
    {
        try
        {
            var key = upstreamKey.Of(options);
            ClientCredentials.Remove(headers);
            var name = options.IsBearer ? "Authorization" : ClientCredentials.AnthropicHeader;
            headers[name] = options.IsBearer ? "Bearer " + key : key;
            return true;
        }
        catch (TdaException)
        {
            return false;
        }
    }
}

/// <summary>The client of a request, as a feature of its HttpContext; absent where no client keys are required.</summary>
/// <param name="Id">The client key's id.</param>
/// <param name="RequestsPerMinute">The key's own rate limit, if it has one.</param>
public sealed record ClientIdentity(string Id, int? RequestsPerMinute);

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

        var repeating = headers.Where(header => header.Value.ToString().Contains(key, StringComparison.Ordinal));
        foreach (var name in repeating.Select(header => header.Key).ToList())
        {
            headers.Remove(name);
        }
    }

    /// <summary>Whether the address repeats the key, which would then reach the upstream and its logs.</summary>
    public static bool IsInTarget(HttpContext context, string key) =>
        context.Features.Get<IHttpRequestFeature>()?.RawTarget.Contains(key, StringComparison.Ordinal) ?? false;
}
