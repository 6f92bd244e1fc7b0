namespace Tda.Gateway.Configuration;

/// <summary>Single values: texts, booleans, numbers, durations, sizes, enumerations.</summary>
internal static class ConfigScalars
{
    /// <summary>Whether a type is one of these.</summary>
    public static bool Supports(Type type) => type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int)
        || type == typeof(long) || type == typeof(double) || type == typeof(TimeSpan);

    /// <summary>The value of a node, or what is wrong with it.</summary>
    public static (object? Value, string? Error) Read(Type type, ConfigNode node, string name)
    {
        var isText = node.Kind == JsonValueKind.String;
        var isNumber = node.Kind == JsonValueKind.Number || node.Loose;
        if (type == typeof(string))
        {
            return isText ? (node.Text, null) : (null, $"must be a text in quotes, not {Name(node)}");
        }

        if (type == typeof(bool))
        {
            var isBool = node.Loose || node.Kind is JsonValueKind.True or JsonValueKind.False;
            return isBool && bool.TryParse(node.Text, out var flag) ? (flag, null) : (null, $"must be true or false, not {Name(node)}");
        }

        if (type == typeof(TimeSpan))
        {
            return isText && ConfigUnits.TryDuration(node.Text, out var duration)
                ? (duration, null)
                : (null, $"must be a duration such as \"90s\", \"10m\", \"1h30m\" or \"250ms\", not {Name(node)}");
        }

        if (type.IsEnum)
        {
            var known = Enum.GetNames(type).ToDictionary(ConfigNames.Spell, value => value, StringComparer.Ordinal);
            return isText && known.TryGetValue(node.Text, out var spelled)
                ? (Enum.Parse(type, spelled), null)
                : (null, $"must be one of {string.Join(", ", known.Keys)}, not {Name(node)}");
        }

        if (type == typeof(double))
        {
            return isNumber && double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
                ? (real, null)
                : (null, $"must be a number, not {Name(node)}");
        }

        return ReadInteger(type, node, name, isNumber);
    }

    private static (object? Value, string? Error) ReadInteger(Type type, ConfigNode node, string name, bool isNumber)
    {
        var isSize = name.EndsWith("_bytes", StringComparison.Ordinal);
        var read = isNumber && long.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : isSize && node.Kind == JsonValueKind.String && ConfigUnits.TrySize(node.Text, out var size) ? size
            : (long?)null;
        return read switch
        {
            null => (null, (isSize ? "must be a whole number of bytes or a size such as \"64MiB\", not " : "must be a whole number, not ") + Name(node)),
            { } value when type == typeof(long) => (value, null),
            { } value when value is >= int.MinValue and <= int.MaxValue => ((int)value, null),
            { } value => (null, $"must be at most {int.MaxValue}, not {value}"),
        };
    }

    private static string Name(ConfigNode node) => node.Kind switch
    {
        JsonValueKind.String => $"'{(node.Text.Length > 60 ? node.Text[..60] + "…" : node.Text)}'",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => node.Text,
    };
}
