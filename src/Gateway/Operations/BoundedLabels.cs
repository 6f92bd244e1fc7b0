using System.Collections.Concurrent;

namespace Tda.Gateway.Operations;

/// <summary>Label values that clients choose, of which only the first few are kept: each value makes new time series.</summary>
internal sealed class BoundedLabels(int max)
{
    /// <summary>What further values become.</summary>
    public const string Other = "other";

    private const int LongestValue = 128;
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>The value, if it is known or there is room; else <see cref="Other"/>.</summary>
    public string Of(string value)
    {
        if (_known.TryGetValue(value, out var known))
        {
            return known;
        }

        if (value.Length > LongestValue || Volatile.Read(ref _count) >= max || Interlocked.Increment(ref _count) > max)
        {
            return Other;
        }

        return _known.GetOrAdd(value, value);
    }
}
