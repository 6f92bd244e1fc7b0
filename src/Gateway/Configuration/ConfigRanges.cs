using System.Text.Json;

namespace Tda.Gateway.Configuration;

/// <summary>Finds where the options stand that <see cref="GatewayOptions.Errors"/> complains of.</summary>
internal static class ConfigRanges
{
    /// <summary>The errors of the values, each with its place; those whose member is already complained of are left out.</summary>
    public static List<ConfigError> Check(GatewayOptions options, ConfigNode root, IReadOnlyList<ConfigError> known)
    {
        // The longest path that a message names is the most exact.
        var places = new List<(string Path, string Origin)>();
        Collect(root, "", places);
        places.Sort((a, b) => b.Path.Length.CompareTo(a.Path.Length));
        var found = new List<ConfigError>();
        foreach (var message in options.Errors())
        {
            if (known.Any(error => error.Path.Length > 0 && Names(message, error.Path)))
            {
                continue;
            }

            var place = places.Find(place => Names(message, place.Path));
            found.Add(new(place.Origin ?? root.Origin.Split(':')[0], "", message));
        }

        return found;
    }

    private static void Collect(ConfigNode node, string path, List<(string Path, string Origin)> places)
    {
        foreach (var (name, value) in node.Members)
        {
            var member = ConfigPath.Member(path, name);
            places.Add((member, value.Origin));
            if (value.Kind == JsonValueKind.Object)
            {
                Collect(value, member, places);
            }
        }
    }

    /// <summary>Whether the path stands in the message as a word; the command line's spelling counts too.</summary>
    private static bool Names(string message, string path)
    {
        var text = message.Replace("--", "", StringComparison.Ordinal);
        for (var at = text.IndexOf(path, StringComparison.Ordinal); at >= 0; at = text.IndexOf(path, at + 1, StringComparison.Ordinal))
        {
            var end = at + path.Length;
            if ((at == 0 || !IsName(text[at - 1])) && (end == text.Length || !IsName(text[end])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsName(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '[' or '"';
}
