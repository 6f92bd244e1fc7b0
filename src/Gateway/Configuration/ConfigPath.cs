namespace Tda.Gateway.Configuration;

/// <summary>Spells paths of members: <c>spool.max_bytes</c>, <c>routes["/v1/messages"].timeout</c>, <c>rules[2]</c>.</summary>
internal static class ConfigPath
{
    public static string Member(string path, string name)
    {
        var plain = name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return !plain ? $"{path}[\"{name}\"]" : path.Length == 0 ? name : $"{path}.{name}";
    }

    public static string Item(string path, int index) => FormattableString.Invariant($"{path}[{index}]");
}
