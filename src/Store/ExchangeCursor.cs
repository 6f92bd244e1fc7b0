using System.Globalization;

namespace Tda.Store;

/// <summary>A place in the log's order, from which a listing goes on.</summary>
/// <param name="Place">The time in microseconds since 1970 times 1024, plus a number that tells apart what began in the same microsecond.</param>
public readonly record struct ExchangeCursor(long Place)
{
    internal const int PlacesPerMicrosecond = 1024;
    private const long LastMicrosecond = (1L << 53) - 2; // of the year 2255; later times share it

    /// <summary>A short text for links.</summary>
    public override string ToString() => Place.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="ToString"/> wrote; false for anything else.</summary>
    public static bool TryParse(string? text, out ExchangeCursor cursor)
    {
        var read = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var place);
        cursor = new(place);
        return read;
    }

    /// <summary>The first place of a time.</summary>
    internal static long FirstPlace(long microseconds) => Math.Clamp(microseconds, 0, LastMicrosecond) * PlacesPerMicrosecond;
}
