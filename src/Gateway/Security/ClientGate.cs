using Microsoft.AspNetCore.Http.Features;
using Tda.Gateway.Costs;
using Tda.Gateway.Proxy;
using Tda.Gateway.Upstreams;
using Tda.Gateway.WebSockets;
using Tda.Review.Accounts;

namespace Tda.Gateway.Security;

/// <summary>
/// Stands before the forwarder: 1. a plain path, from a program on this machine where the gateway's key is open to all there, 2. size,
/// 3. the client's key, 4. its limits, whether its route takes WebSockets, and what it may keep back, 5. the upstream that is meant, 6. budgets,
/// 7. that upstream's key in the place of the client's.
/// </summary>
internal sealed class ClientGate(KeyCache keys, RateLimits limits, Budgets budgets, Refusals refusals)
{
    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        if (await RefuseAsync(context, context.Features.GetRequiredFeature<ForwardedCall>()) is var (refusal, retryAfter))
        {
            await refusals.AnswerAsync(context, refusal, retryAfter);
            return;
        }

        DeskSessions.RemoveCookie(context.Request.Headers);
        var body = context.Response.Body;
        await next(context);
        if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status413PayloadTooLarge })
        {
            // The body's length was not announced, and it went on past the limit.
            context.Response.Body = body;
            await refusals.AnswerAsync(context, Refusals.BodyTooLarge);
        }
    }

    private async ValueTask<(ApiError Refusal, TimeSpan? RetryAfter)?> RefuseAsync(HttpContext context, ForwardedCall call)
    {
        // 1
        var security = call.Plan.Options.Security;
        if (Routes.Disguised(context.Request.Path) is { } route)
        {
            return (Refusals.Respelled(route), null);
        }

        if (!security.RequireClientKeys && call.Plan.Upstreams.HoldKeys && !LocalCaller.Is(context.Request))
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

        if (WebSocketUpgrade.IsAsked(context) && call.Plan.Options.UpgradeOf(Routes.Of(context.Request.Path)) == UpgradePolicy.Refuse)
        {
            return (Refusals.UpgradeRefused, null);
        }

        if (context.Request.Headers.TryGetValue(GatewayHeaders.OptOutHeader, out var header))
        {
            if (GatewayHeaders.ReadOptOut(header) is not { } optOut)
            {
                return (Refusals.OptOutUnknown, null);
            }

            // Each includes the smaller: what isn't recorded isn't learnt from.
            if ((optOut.HasFlag(OptOut.Record) ? OptOut.Record : optOut) > call.Plan.Options.AllowOptOut)
            {
                return (Refusals.OptOutForbidden, null);
            }
        }

        // 5
        if (await UpstreamChoice.MakeAsync(context, call) is { } wrong)
        {
            return (wrong, null);
        }

        // 6
        if (budgets.Any && await RefuseByBudgetAsync(context, call) is { } refused)
        {
            return refused;
        }

        // 7
        return call.Upstream!.Key is { } key && !key.TryPut(context.Request.Headers) ? (Refusals.UpstreamKeyUnavailable, null) : null;
    }

    private async ValueTask<(ApiError Refusal, TimeSpan? RetryAfter)?> RefuseByBudgetAsync(HttpContext context, ForwardedCall call)
    {
        var headers = context.Request.Headers;
        if (GatewayHeaders.ReadOptOut(headers[GatewayHeaders.OptOutHeader])?.HasFlag(OptOut.Record) == true)
        {
            return (Refusals.BudgetNeedsRecord, null);
        }

        var model = budgets.AnyByModel ? await call.ModelAsync(context) : null;
        var tags = GatewayHeaders.ReadTags(GatewayHeaders.Readable(headers[GatewayHeaders.Tags].ToString()), out _);
        return budgets.UsedUp(context.Features.Get<ClientIdentity>()?.Id, tags, model) is var (name, wait) ? (Refusals.BudgetUsedUp(name), wait) : null;
    }

    private async ValueTask<ApiError?> CheckKeyAsync(HttpContext context)
    {
        var presented = ClientCredentials.Read(context.Request.Headers);
        try
        {
            if (await keys.CheckAsync(presented, LocalCaller.Address(context), context.RequestAborted) is not { } key)
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
}

/// <summary>The client of a request, as a feature of its HttpContext; absent where no client keys are required.</summary>
/// <param name="Id">The client key's id.</param>
/// <param name="RequestsPerMinute">The key's own rate limit, if it has one.</param>
public sealed record ClientIdentity(string Id, int? RequestsPerMinute);

/// <summary>
/// What a client shows of itself: the headers in which the providers' clients send their key. A page in a browser can set none for a
/// WebSocket but the protocols that it offers, so OpenAI's client puts the key among them.
/// </summary>
internal static class ClientCredentials
{
    private const string Bearer = "Bearer ";
    private const string KeyProtocol = "openai-insecure-api-key.";

    /// <summary>Headers that hold a key alone: Anthropic's, Azure's, Google's.</summary>
    public static readonly string[] KeyHeaders = ["x-api-key", "api-key", "x-goog-api-key"];

    /// <summary>The key that a request carries, or null.</summary>
    public static string? Read(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim()
            : Array.Find(KeyHeaders, headers.ContainsKey) is { } name ? headers[name].ToString().Trim()
            : Protocols(headers).FirstOrDefault(IsKey)?[KeyProtocol.Length..];
    }

    /// <summary>Takes the key's headers away, and any other that repeats the key.</summary>
    public static void Remove(IHeaderDictionary headers, string? key = null)
    {
        headers.Remove("Authorization");
        Array.ForEach(KeyHeaders, name => headers.Remove(name));
        if (Protocols(headers).Any(IsKey))
        {
            // The others stay: the upstream has to choose one of them.
            headers.SecWebSocketProtocol = string.Join(", ", Protocols(headers).Where(protocol => !IsKey(protocol)));
            if (headers.SecWebSocketProtocol.ToString().Length == 0)
            {
                headers.Remove("Sec-WebSocket-Protocol");
            }
        }

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

    private static string[] Protocols(IHeaderDictionary headers) =>
        headers.SecWebSocketProtocol.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool IsKey(string protocol) => protocol.StartsWith(KeyProtocol, StringComparison.OrdinalIgnoreCase);
}
