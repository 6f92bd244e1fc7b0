using System.Diagnostics.CodeAnalysis;

namespace Tda.Gateway.Forwarding;

/// <summary>The headers that clients address to the gateway itself; the upstream never sees them.</summary>
internal static class GatewayHeaders
{
    /// <summary>Labels for the exchange: <c>name=value, name=value</c>.</summary>
    public const string Tags = "X-Tda-Tags";

    private const int MaxTags = 32;
    private const int MaxLength = 256;

    /// <summary>Reads the tags; what can't be read is told in <paramref name="error"/>, the rest counts.</summary>
    public static Dictionary<string, string> ReadTags(string? header, out string? error)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        error = null;
        foreach (var part in (header ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (tags.Count == MaxTags)
            {
                error = $"{Tags}: more than {MaxTags} tags, the rest is left out";
                break;
            }

            if (TrySplit(part, out var name, out var value))
            {
                tags[name] = value;
            }
            else
            {
                error = $"{Tags}: '{part}' is not name=value of at most {MaxLength} characters";
            }
        }

        return tags;
    }

    private static bool TrySplit(string part, [NotNullWhen(true)] out string? name, [NotNullWhen(true)] out string? value)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        name = equals < 0 ? "" : part[..equals].Trim();
        value = equals < 0 ? "" : part[(equals + 1)..].Trim();
        return name.Length is > 0 and <= MaxLength && value.Length <= MaxLength;
    }
}
