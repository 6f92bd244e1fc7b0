using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Tda.Gateway.Configuration;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Security;

/// <summary>Requests a minute: by client (its key, or its address where there are no keys), and by client on single routes.</summary>
internal sealed class RateLimits(LiveOptions live) : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // Six segments: a burst at a minute's turn gets through at most once.
    private const int Segments = 6;

    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<HttpContext, (string Client, int Limit)>(context => Partition(
            Client(context), context.Features.Get<ClientIdentity>()?.RequestsPerMinute ?? live.Current.Security.Limits.RequestsPerMinute)),
        PartitionedRateLimiter.Create<HttpContext, (string Client, int Limit)>(context => Partition(
            $"{Client(context)} {Routes.Of(context.Request.Path)}",
            live.Current.Security.Limits.RouteRequestsPerMinute.GetValueOrDefault(Routes.Of(context.Request.Path)))));

    /// <summary>Takes a request into account; null when it may pass, else how long its client should wait.</summary>
    public TimeSpan? Take(HttpContext context)
    {
        // The common case of no limit at all costs nothing.
        var security = live.Current.Security;
        if (security.Limits.RequestsPerMinute == 0 && security.Limits.RouteRequestsPerMinute.Count == 0
            && (!security.RequireClientKeys || context.Features.Get<ClientIdentity>()?.RequestsPerMinute is null))
        {
            return null;
        }

        using var lease = _limiter.AttemptAcquire(context);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Minute / Segments;
    }

    public void Dispose() => _limiter.Dispose();

    private static string Client(HttpContext context) => context.Features.Get<ClientIdentity>()?.Id ?? context.Connection.RemoteIpAddress?.ToString() ?? "";

    private static RateLimitPartition<(string Client, int Limit)> Partition(string client, int limit) => limit <= 0
        ? RateLimitPartition.GetNoLimiter(("", 0))
        : RateLimitPartition.GetSlidingWindowLimiter((client, limit), _ => new() { PermitLimit = limit, Window = Minute, SegmentsPerWindow = Segments });
}
