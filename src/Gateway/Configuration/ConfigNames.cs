namespace Tda.Gateway.Configuration;

/// <summary>How names are spelled in files, and which known name a misspelled one comes closest to.</summary>
internal static class ConfigNames
{
    /// <summary>A property's or enumeration value's name as files spell it: <c>MaxBytes</c> is <c>max_bytes</c>.</summary>
    public static string Spell(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>An enumeration's value as files, the store and metrics spell it: <c>SpoolFull</c> is <c>spool_full</c>.</summary>
    public static string Spell<T>(T value)
        where T : struct, Enum => Spell(value.ToString());

    /// <summary>A hint for a name that is not known: the nearest one, or all when none is near.</summary>
    public static string Hint(string name, IReadOnlyList<string> known)
    {
        var nearest = known.MinBy(candidate => NearestNames.Distance(name, candidate));
        return nearest is not null && NearestNames.Distance(name, nearest) <= Math.Max(2, name.Length / 2)
            ? $"did you mean '{nearest}'?"
            : $"known are {string.Join(", ", known.Order(StringComparer.Ordinal))}";
    }
}
