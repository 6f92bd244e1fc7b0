namespace Tda.Gateway.Protocols;

/// <summary>
/// Whether the upstream is asked for log-probabilities that the client did not ask for. The client's answer is as if nobody had
/// asked; the log keeps them.
/// </summary>
public sealed record LogprobOptions
{
    /// <summary>Whether they are asked for. Default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>Other values for single routes, by route such as <c>/v1/completions</c>.</summary>
    public IReadOnlyDictionary<string, bool> Routes { get; init; } = new Dictionary<string, bool>();

    /// <summary>How many alternatives are asked for at each token. Default 0, 0 to 20; completions take 5 at most.</summary>
    public int TopLogprobs { get; init; }

    /// <summary>
    /// The longest request that is changed: it has to be held as a whole. A longer one passes unchanged. Default 8 MiB, 2 bytes
    /// to 256 MiB.
    /// </summary>
    public int MaxRequestBytes { get; init; } = 8 << 20;

    /// <summary>Whether a route's requests are changed.</summary>
    public bool EnabledFor(string route) => Routes.TryGetValue(route, out var its) ? its : Enabled;

    internal IEnumerable<string> Errors()
    {
        if (TopLogprobs is < 0 or > 20)
        {
            yield return $"the log-probabilities' alternatives must be 0 to 20, not {TopLogprobs}";
        }

        if (MaxRequestBytes is < 2 or > 256 << 20)
        {
            yield return $"the longest request that is changed for log-probabilities must be 2 bytes to 256 MiB, not {MaxRequestBytes}";
        }

        foreach (var route in Routes.Keys.Where(route => !LogprobRequest.Supports(route)))
        {
            yield return $"'{route}' has no log-probabilities: use {string.Join(", ", LogprobRequest.SupportedRoutes)}";
        }
    }
}
