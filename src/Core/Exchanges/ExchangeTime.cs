namespace Tda.Core.Exchanges;

/// <summary>Times of the log: UTC, microseconds since 1970, which every supported database stores without loss.</summary>
public static class ExchangeTime
{
    private static readonly long Latest = ToMicroseconds(DateTimeOffset.MaxValue);

    /// <summary>Microseconds since 1970; what is finer is cut off.</summary>
    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time that <see cref="ToMicroseconds"/> gave.</summary>
    public static DateTimeOffset FromMicroseconds(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>Cuts a time to what the log can hold, so that what is read equals what was written.</summary>
    public static DateTimeOffset Normalise(DateTimeOffset time) => FromMicroseconds(ToMicroseconds(time));

    /// <summary>Whether a number is a time from 1970 on that .NET can represent.</summary>
    public static bool InRange(long microseconds) => microseconds >= 0 && microseconds <= Latest;
}
