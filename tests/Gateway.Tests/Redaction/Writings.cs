using System.Text.Encodings.Web;

namespace Tda.Gateway.Tests.Redaction;

/// <summary>The ways in which a text can stand in a JSON body.</summary>
internal static class Writings
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON documents that hold the text between "before" and "after".</summary>
    public static IEnumerable<(string Name, string Json)> Of(string text)
    {
        var between = $"before\n{text} after";
        yield return ("plain", $$"""{"content":"before {{text}} after"}""");
        yield return ("escaped neighbours", JsonSerializer.Serialize(new { content = between }, Relaxed));
        yield return ("escaped throughout", $$"""{"content":"before {{Escaped(text)}} after"}""");
        yield return ("nested", JsonSerializer.Serialize(new { arguments = JsonSerializer.Serialize(new { to = between }) }));
        yield return ("nested and escaped", JsonSerializer.Serialize(new { arguments = $$"""{"to":"before {{Escaped(text)}} after"}""" }));
        yield return ("in a URL", JsonSerializer.Serialize(new { url = $"https://h/?before={Uri.EscapeDataString(text)}&after=1" }));
        yield return ("twice in a URL", JsonSerializer.Serialize(new { url = $"https://h/?before={Uri.EscapeDataString(Uri.EscapeDataString(text))}&after=1" }));
        yield return ("deep", new string('[', 60) + JsonSerializer.Serialize(between) + new string(']', 60));
    }

    /// <summary>The document with every escape resolved, as often as there are any.</summary>
    public static string Plain(string json)
    {
        for (var i = 0; i < 4; i++)
        {
            json = Uri.UnescapeDataString(System.Text.RegularExpressions.Regex.Replace(
                json, @"\\(u([0-9a-fA-F]{4})|.)", m => m.Groups[2].Success ? ((char)Convert.ToInt32(m.Groups[2].Value, 16)).ToString() : m.Value[1] == 'n' ? "\n" : m.Value[1..]));
        }

        return json;
    }

    private static string Escaped(string text) => string.Concat(text.Select(c => $"\\u{(int)c:x4}"));
}
