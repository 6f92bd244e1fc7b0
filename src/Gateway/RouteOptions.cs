using Tda.Gateway.Configuration;
using Tda.Gateway.Operations;

namespace Tda.Gateway;

/// <summary>What holds for one route in place of the gateway's defaults; null takes the default.</summary>
public sealed record RouteOptions
{
    /// <summary>The API that serves this route, e.g. another provider's; as <see cref="GatewayOptions.Upstream"/>.</summary>
    public string? Upstream { get; init; }

    /// <summary>What the terms of this route's upstream allow.</summary>
    public TermsOptions? Terms { get; init; }

    /// <summary>The longest silence of the upstream on this route. More than 0.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What is certain when a client of this route has its answer.</summary>
    public Durability? Durability { get; init; }

    /// <summary>The share of this route's exchanges that is recorded, 0 to 1; the rest are declared drops by the cause <c>sampled_out</c>.</summary>
    public double? Sample { get; init; }

    internal IEnumerable<string> Errors(string route)
    {
        foreach (var error in Terms?.Errors(Member(route, "terms")) ?? [])
        {
            yield return error;
        }

        if (!route.StartsWith("/v1/", StringComparison.Ordinal))
        {
            yield return $"'{route}' is no route: routes start with /v1/, e.g. /v1/chat/completions";
        }

        if (Upstream is not null && !UpstreamAddress.TryParse(Upstream, out _, out var upstreamError))
        {
            yield return upstreamError.Replace("--upstream", Member(route, "upstream"), StringComparison.Ordinal);
        }

        if (Timeout <= TimeSpan.Zero)
        {
            yield return $"{Member(route, "timeout")} must be more than 0, not {Timeout}";
        }

        if (Durability is { } durability && !Enum.IsDefined(durability))
        {
            yield return $"{Member(route, "durability")} must be memory, written or synced";
        }

        if (Sample is < 0 or > 1 or double.NaN)
        {
            yield return $"{Member(route, "sample")} must be 0 to 1, not {Sample}";
        }
    }

    private static string Member(string route, string name) => ConfigPath.Member(ConfigPath.Member("routes", route), name);
}

/// <summary>What an upstream's terms allow.</summary>
public sealed record TermsOptions
{
    /// <summary>Whether its answers may teach a surrogate; if not, exchanges get the tag <c>tda.distill=no</c>. Default true.</summary>
    public bool MayDistill { get; init; } = true;

    /// <summary>Why, e.g. the clause; it stands in the exchange's tag <c>tda.terms</c>. At most 256 characters.</summary>
    public string? Note { get; init; }

    internal IEnumerable<string> Errors(string path)
    {
        if (Note?.Length > 256)
        {
            yield return $"{path}.note must be at most 256 characters";
        }
    }
}
