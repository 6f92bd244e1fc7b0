using System.Text.Json;

namespace Tda.Gateway.Configuration;

/// <summary>A value of the configuration and where it was given.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A string's, number's or boolean's text; empty for others.</param>
/// <param name="Origin">Where it stands: <c>gateway.json:12</c>, an environment variable, an option of the command line.</param>
internal sealed record ConfigNode(JsonValueKind Kind, string Text, string Origin)
{
    /// <summary>An object's members, in order.</summary>
    public Dictionary<string, ConfigNode> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>An array's items.</summary>
    public List<ConfigNode> Items { get; } = [];

    /// <summary>Whether it came as bare text from outside a file, where numbers and booleans have no type of their own.</summary>
    public bool Loose { get; init; }

    /// <summary>Bare text of a variable or an option.</summary>
    public static ConfigNode FromText(string text, string origin) => new(JsonValueKind.String, text, origin) { Loose = true };
}
