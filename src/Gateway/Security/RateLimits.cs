using System.Threading.RateLimiting;
using Tda.Gateway.Proxy;
using Tda.Review.Accounts;

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

    private static string Client(HttpContext context) =>
        context.Features.Get<ClientIdentity>()?.Id ?? LocalCaller.Address(context);

    private static RateLimitPartition<(string Client, int Limit)> Partition(string client, int limit) => limit <= 0
        ? RateLimitPartition.GetNoLimiter(("", 0))
        : RateLimitPartition.GetSlidingWindowLimiter(
            (client, limit), _ => new() { PermitLimit = limit, Window = Minute, SegmentsPerWindow = Segments });
}

/// <summary>Limits that keep one client, or one attacker, from taking everything.</summary>
public sealed record LimitOptions
{
    /// <summary>
    /// Requests that a client may make in a minute, unless its key says otherwise; without client keys an address is a client. 0
    /// (default) = no limit.
    /// </summary>
    public int RequestsPerMinute { get; init; }

    /// <summary>Requests that a client may make in a minute on single routes, e.g. <c>/v1/embeddings</c>; 1 or more.</summary>
    public IReadOnlyDictionary<string, int> RouteRequestsPerMinute { get; init; } = new Dictionary<string, int>();

    /// <summary>Bytes of a request's body; more is answered with 413. Default 1 GiB (providers take files of 512 MB), 1 or more.</summary>
    public long MaxBodyBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of a request's headers together. Default 32 KiB, 1 KiB to 1 MiB.</summary>
    [NeedsRestart]
    public int MaxHeaderBytes { get; init; } = 32 << 10;

    /// <summary>A request's headers. Default 100, 1 to 1,000.</summary>
    [NeedsRestart]
    public int MaxHeaders { get; init; } = 100;

    /// <summary>Bytes of the line with method and address. Default 8 KiB, 256 bytes to 64 KiB.</summary>
    [NeedsRestart]
    public int MaxRequestLineBytes { get; init; } = 8 << 10;

    /// <summary>Connections open at once; further ones are closed. Default 10,000, 1 or more.</summary>
    [NeedsRestart]
    public long MaxConnections { get; init; } = 10_000;

    /// <summary>How long a connection may lie idle between requests. Default 130 s, more than 0.</summary>
    [NeedsRestart]
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>How long a client may take to send a request's headers. Default 30 s, more than 0.</summary>
    [NeedsRestart]
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes a second that a client must send of a body after 30 s, or it is cut off. Default 64; 0 = no limit.</summary>
    [NeedsRestart]
    public int MinBodyBytesPerSecond { get; init; } = 64;

    internal IEnumerable<OptionError> Errors() => new GroupChecks("security.limits")
        .Require(RequestsPerMinute >= 0, "requests_per_minute", $"must be 0 (no limit) or more, not {RequestsPerMinute}")
        .Require(
            RouteRequestsPerMinute.All(route => route.Key.StartsWith("/v1/", StringComparison.Ordinal) && route.Value > 0),
            "route_requests_per_minute",
            "must name routes that start with /v1/ and give each 1 or more")
        .Require(MaxBodyBytes > 0, "max_body_bytes", $"must be 1 or more, not {MaxBodyBytes}")
        .Require(MaxHeaderBytes is >= 1 << 10 and <= 1 << 20, "max_header_bytes", $"must be 1 KiB to 1 MiB, not {MaxHeaderBytes}")
        .Require(MaxHeaders is >= 1 and <= 1000, "max_headers", $"must be 1 to 1,000, not {MaxHeaders}")
        .Require(
            MaxRequestLineBytes is >= 256 and <= 64 << 10,
            "max_request_line_bytes",
            $"must be 256 bytes to 64 KiB, not {MaxRequestLineBytes}")
        .Require(MaxConnections > 0, "max_connections", $"must be 1 or more, not {MaxConnections}")
        .Require(KeepAlive > TimeSpan.Zero, "keep_alive", $"must be more than 0, not {KeepAlive}")
        .Require(HeaderTimeout > TimeSpan.Zero, "header_timeout", $"must be more than 0, not {HeaderTimeout}")
        .Require(MinBodyBytesPerSecond >= 0, "min_body_bytes_per_second", $"must be 0 (no limit) or more, not {MinBodyBytesPerSecond}")
        .Errors;
}
