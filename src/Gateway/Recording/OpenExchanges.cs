using System.Collections.Concurrent;
using Tda.Gateway.Forwarding;
using Tda.Gateway.Spooling;

namespace Tda.Gateway.Recording;

/// <summary>The exchanges under way. Those that take long are spooled as they go, so that a crash leaves what had come by then.</summary>
internal sealed class OpenExchanges(SpoolWriter writer, TimeProvider time, TimeSpan openAfter)
{
    private readonly ConcurrentDictionary<ExchangeCapture, bool> _open = new();

    public int Count => _open.Count;

    /// <summary>The oldest segment that holds something of an exchange under way; <see cref="long.MaxValue"/> when none does.</summary>
    public long OldestSegment => _open.Keys.Select(capture => capture.FirstSegment).DefaultIfEmpty(long.MaxValue).Min();

    public void Add(ExchangeCapture capture) => _open.TryAdd(capture, true);

    public void Remove(ExchangeCapture capture) => _open.TryRemove(capture, out _);

    /// <summary>Spools the progress of those that have been under way for long.</summary>
    /// <exception cref="IOException">The spool can't be written.</exception>
    public void Sweep()
    {
        foreach (var capture in _open.Keys)
        {
            if (time.GetElapsedTime(capture.Start) >= openAfter)
            {
                capture.SpoolProgress(writer, force: false);
            }
        }
    }
}
