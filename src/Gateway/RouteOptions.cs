namespace Tda.Gateway;

/// <summary>What holds for one route in place of the gateway's defaults; null takes the default.</summary>
public sealed record RouteOptions
{
    /// <summary>The longest silence of the upstream on this route. More than 0.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What is certain when a client of this route has its answer.</summary>
    public Durability? Durability { get; init; }

    /// <summary>The share of this route's exchanges that is recorded, 0 to 1; the rest are declared drops by the cause <c>sampled_out</c>.</summary>
    public double? Sample { get; init; }

    internal IEnumerable<string> Errors(string route)
    {
        if (!route.StartsWith("/v1/", StringComparison.Ordinal))
        {
            yield return $"'{route}' is no route: routes start with /v1/, e.g. /v1/chat/completions";
        }

        if (Timeout <= TimeSpan.Zero)
        {
            yield return $"the timeout of {route} must be more than 0, not {Timeout}";
        }

        if (Durability is { } durability && !Enum.IsDefined(durability))
        {
            yield return $"the durability of {route} must be memory, written or synced";
        }

        if (Sample is < 0 or > 1 or double.NaN)
        {
            yield return $"the sample of {route} must be 0 to 1, not {Sample}";
        }
    }
}
