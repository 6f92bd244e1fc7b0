namespace Tda.Gateway;

/// <summary>What holds for one route in place of the gateway's defaults; null takes the default.</summary>
public sealed record RouteOptions
{
    /// <summary>The API that serves this route, e.g. another provider's: a URL or a name, as <see cref="GatewayOptions.Upstream"/>.</summary>
    public string? Upstream { get; init; }

    /// <summary>What the terms of this route's upstream allow.</summary>
    public TermsOptions? Terms { get; init; }

    /// <summary>The longest silence of the upstream on this route. More than 0.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What is certain when a client of this route has its answer.</summary>
    public Durability? Durability { get; init; }

    /// <summary>The share of this route's exchanges that is recorded, 0 to 1; the rest are declared drops by the cause <c>sampled_out</c>.</summary>
    public double? Sample { get; init; }

    /// <summary>What becomes of WebSockets on this route.</summary>
    public UpgradePolicy? Upgrade { get; init; }

    internal IEnumerable<OptionError> Errors(string route, Func<string?, string?> upstreamError)
    {
        var path = ConfigPath.Member("routes", route);
        return new GroupChecks("routes")
            .Require(route.StartsWith("/v1/", StringComparison.Ordinal), route, "isn't a route: routes start with /v1/, e.g. /v1/chat/completions")
            .Add(new GroupChecks(path)
                .Require(Upstream is null || upstreamError(Upstream) is null, "upstream", upstreamError(Upstream) ?? "")
                .Require(!(Timeout <= TimeSpan.Zero), "timeout", $"must be more than 0, not {Timeout}")
                .RequireDefined(Durability, "durability")
                .RequireDefined(Upgrade, "upgrade")
                .Require(Sample is null or (>= 0 and <= 1), "sample", $"must be 0 to 1, not {Sample}")
                .Errors)
            .Add(Terms?.Errors(ConfigPath.Member(path, "terms")) ?? [])
            .Errors;
    }
}

/// <summary>What becomes of a request that wants to go on as a WebSocket.</summary>
public enum UpgradePolicy
{
    /// <summary>It is forwarded, and the connection's messages are recorded.</summary>
    Allow,

    /// <summary>It is answered with 403 in the provider's shape, and not forwarded.</summary>
    Refuse,
}

/// <summary>What an upstream's terms allow.</summary>
public sealed record TermsOptions
{
    /// <summary>Whether its answers may teach a surrogate; if not, exchanges get the tag <c>tda.distill=no</c>. Default true.</summary>
    public bool MayDistill { get; init; } = true;

    /// <summary>Why, e.g. the clause; it stands in the exchange's tag <c>tda.terms</c>. At most 256 characters.</summary>
    public string? Note { get; init; }

    internal IEnumerable<OptionError> Errors(string path) =>
        new GroupChecks(path).Require(Note is not { Length: > 256 }, "note", "must be at most 256 characters").Errors;
}
