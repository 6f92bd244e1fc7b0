namespace Tda.Gateway.Configuration;

/// <summary>Puts environment variables and options of the command line over what a file says.</summary>
internal static class ConfigOverlay
{
    /// <summary>What the variables start with; the names of members follow, two underscores between them.</summary>
    public const string Prefix = "TDA_GATEWAY__";

    /// <summary>The overrides among environment variables: <c>TDA_GATEWAY__SPOOL__MAX_BYTES</c> is <c>spool.max_bytes</c>.</summary>
    public static IEnumerable<ConfigOverride> FromEnvironment(IReadOnlyDictionary<string, string> environment) => environment
        .Where(variable => variable.Key.StartsWith(Prefix, StringComparison.Ordinal))
        .OrderBy(variable => variable.Key, StringComparer.Ordinal)
        .Select(variable => new ConfigOverride(
            variable.Key[Prefix.Length..].Replace("__", ".", StringComparison.Ordinal).ToLowerInvariant(), variable.Value, variable.Key));

    public static void Apply(ConfigNode root, ConfigOverride change, List<ConfigError> errors)
    {
        var names = change.Path.Split('.');
        if (names.Any(name => name.Length == 0))
        {
            errors.Add(new(change.Origin, "", $"this names no option: write {Prefix}NAME or {Prefix}GROUP__NAME"));
            return;
        }

        var at = root;
        foreach (var name in names[..^1])
        {
            if (!at.Members.TryGetValue(name, out var next) || next.Kind == JsonValueKind.Null)
            {
                at.Members[name] = next = new ConfigNode(JsonValueKind.Object, "", change.Origin);
            }

            if (next.Kind != JsonValueKind.Object)
            {
                errors.Add(new(change.Origin, change.Path, $"'{name}' isn't a group of options here: {next.Origin} gives it as a whole"));
                return;
            }

            at = next;
        }

        at.Members[names[^1]] = ConfigNode.FromText(change.Text, change.Origin);
    }
}

/// <summary>A value that goes before the file's.</summary>
/// <param name="Path">The member, names joined by dots, e.g. <c>spool.max_bytes</c>.</param>
/// <param name="Text">The value as text.</param>
/// <param name="Origin">Who gave it, for messages: <c>--upstream</c>.</param>
public sealed record ConfigOverride(string Path, string Text, string Origin);
