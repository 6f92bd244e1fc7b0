using System.Collections.Concurrent;

namespace Tda.Review.Accounts;

/// <summary>
/// Failures of an address or a name in a minute that begins with its first. The framework's limiters take no clock, and a test would wait that
/// minute.
/// </summary>
/// <param name="perMinute">Failures after which nobody of that address or name is heard any more.</param>
/// <param name="time">The clock.</param>
internal sealed class FailureLimit(int perMinute, TimeProvider time)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // More addresses than these at once are an attack that no memory of them would end.
    private const int MostAddresses = 10_000;

    private readonly ConcurrentDictionary<string, Failures> _failures = new(StringComparer.Ordinal);

    /// <summary>Whether an address has failed too often in its minute.</summary>
    public bool IsReached(string address) => _failures.TryGetValue(address, out var failures) && IsOpen(failures) && failures.Count >= perMinute;

    /// <summary>Counts a failure.</summary>
    /// <returns>Failures in the minute, this one included.</returns>
    public int Count(string address)
    {
        if (_failures.Count >= MostAddresses)
        {
            _failures.Clear();
        }

        return _failures.AddOrUpdate(
            address, _ => new(1, time.GetTimestamp()), (_, failures) => IsOpen(failures) ? failures with { Count = failures.Count + 1 } : new(1, time.GetTimestamp())).Count;
    }

    /// <summary>
    /// Counts an attempt as failed before its end is known, unless too many have: else all that come while the first is looked at would be heard.
    /// </summary>
    /// <returns>Whether it may go on; <see cref="GiveBack"/> then where it didn't fail.</returns>
    public bool Take(string address) => Count(address) <= perMinute;

    /// <summary>Takes back what <see cref="Take"/> counted.</summary>
    public void GiveBack(string address)
    {
        while (_failures.TryGetValue(address, out var failures) && failures.Count > 0)
        {
            if (_failures.TryUpdate(address, failures with { Count = failures.Count - 1 }, failures))
            {
                return;
            }
        }
    }

    private bool IsOpen(Failures failures) => time.GetElapsedTime(failures.Since) < Minute;

    private sealed record Failures(int Count, long Since);
}
