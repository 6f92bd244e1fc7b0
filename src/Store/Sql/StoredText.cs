using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Tda.Store.Sql;

/// <summary>
/// Text as every database can hold it: PostgreSQL refuses NUL, and no UTF-8 has half a surrogate pair. NUL becomes U+2400,
/// a lone surrogate U+FFFD. Bodies are bytes and need none of this.
/// </summary>
internal static class StoredText
{
    private static readonly SearchValues<char> Suspects = SearchValues.Create(['\0', .. Enumerable.Range(0xD800, 0x800).Select(c => (char)c)]);

    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text) => text is null || text.AsSpan().IndexOfAny(Suspects) < 0 ? text : Clean(text);

    /// <summary>A value as JSON, in which nothing needs to be replaced.</summary>
    public static string? Json<T>(T? value) => value is null ? null : JsonSerializer.Serialize(value, JsonDefaults.Options);

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // gives U+FFFD for a lone surrogate
        {
            clean.Append(rune.Value == 0 ? "\u2400" : rune.ToString());
        }

        return clean.ToString();
    }
}
