namespace Tda.Gateway.Configuration;

/// <summary>Durations (<c>90s</c>, <c>1h30m</c>) and sizes (<c>64MiB</c>) as texts.</summary>
internal static class ConfigUnits
{
    private static readonly (string Unit, double Value)[] Durations =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    private static readonly (string Unit, double Value)[] Sizes =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ];

    /// <summary>Numbers with units from <c>d</c> to <c>ms</c>, one after the other; <c>0</c> needs none.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0")
        {
            return true;
        }

        double ticks = 0;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (!TryPart(ref rest, Durations, out var part))
            {
                return false;
            }

            ticks += part;
        }

        // Above the largest span that timers of the runtime accept, about 49 days, nothing would time out any more.
        var valid = text.Length > 0 && ticks <= TimeSpan.FromMilliseconds(uint.MaxValue - 1).Ticks;
        duration = valid ? TimeSpan.FromTicks((long)Math.Round(ticks)) : TimeSpan.Zero;
        return valid;
    }

    /// <summary>A number, with a unit from <c>B</c> to <c>TiB</c> or none.</summary>
    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bytes))
        {
            return true;
        }

        var rest = text.AsSpan();
        if (!TryPart(ref rest, Sizes, out var size) || !rest.IsEmpty || size > 1L << 62 || size != Math.Floor(size))
        {
            return false;
        }

        bytes = (long)size;
        return true;
    }

    private static bool TryPart(ref ReadOnlySpan<char> rest, (string Unit, double Value)[] units, out double value)
    {
        var digits = rest.IndexOfAnyExcept("0123456789.");
        value = 0;
        if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        rest = rest[digits..].TrimStart(' ');
        foreach (var (unit, factor) in units)
        {
            if (rest.StartsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                rest = rest[unit.Length..];
                value = number * factor;
                return true;
            }
        }

        return false;
    }
}
