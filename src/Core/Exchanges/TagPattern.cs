namespace Tda.Core.Exchanges;

/// <summary>A tag to look for, with any value or one.</summary>
/// <param name="Name">The tag's name.</param>
/// <param name="Value">Its value; null for any.</param>
public sealed record TagPattern(string Name, string? Value)
{
    private const string Prefix = "tag=";

    /// <summary>Reads <c>tag=NAME</c> or <c>tag=NAME=VALUE</c>.</summary>
    /// <exception cref="UsageException">It is neither.</exception>
    public static TagPattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..].Split('=', 2) : [""];
        return parts[0].Trim() is { Length: > 0 } name
            ? new(name, parts.Length > 1 ? parts[1].Trim() : null)
            : throw new UsageException($"'{text}' names no tag: write tag=NAME or tag=NAME=VALUE");
    }

    /// <summary>Whether an exchange has the tag.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return tags.TryGetValue(Name, out var value) && (Value is null || value == Value);
    }
}
