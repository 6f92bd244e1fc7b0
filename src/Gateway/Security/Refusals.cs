using System.Collections.Concurrent;

namespace Tda.Gateway.Security;

/// <summary>Requests that were refused before they reached the upstream, by cause. They are not forwarded, so they need no record.</summary>
public sealed class Refusals
{
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>The counts now, by cause such as <c>unauthorized</c>, <c>rate_limited</c>, <c>body_too_large</c>.</summary>
    public IReadOnlyDictionary<string, long> Counts => new SortedDictionary<string, long>(_counts.ToDictionary(), StringComparer.Ordinal);

    /// <summary>Counts one.</summary>
    public void Count(string cause) => _counts.AddOrUpdate(cause, 1, static (_, count) => count + 1);
}
