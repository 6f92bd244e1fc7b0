using System.Text.RegularExpressions;

namespace Tda.Pipeline.Tests.Walk;

/// <summary>
/// Real prose that every Debian has, that nobody tuned anything for: licence texts, which play the part of what shouldn't have been
/// learnt, and the statements of copyright of the packages. A machine without them is no Debian, and the walk says so.
/// </summary>
internal static partial class DebianTexts
{
    private const int Shortest = 250;
    private const int Longest = 600;

    /// <summary>Paragraphs of the GNU licences, in a fixed order.</summary>
    public static IReadOnlyList<string> Licences { get; } =
        [.. new[] { "GPL-2", "GPL-3", "LGPL-2.1", "GFDL-1.3" }.SelectMany(name => Paragraphs($"/usr/share/common-licenses/{name}")).Distinct()];

    /// <summary>Paragraphs of packages' own statements, without those that speak of the GNU licences.</summary>
    public static IReadOnlyList<string> Copyrights { get; } =
    [
        .. Directory.Exists("/usr/share/doc")
            ? Directory.EnumerateDirectories("/usr/share/doc").Order(StringComparer.Ordinal).SelectMany(folder => Paragraphs(Path.Combine(folder, "copyright")))
                .Where(text => !text.Contains("GNU", StringComparison.Ordinal)).Distinct()
            : [],
    ];

    /// <summary>A text's first words.</summary>
    public static string Beginning(string text) => string.Join(' ', text.Split(' ').Take(12));

    private static IEnumerable<string> Paragraphs(string path) => !File.Exists(path) ? [] : BlankLine().Split(File.ReadAllText(path))
        .Select(text => Space().Replace(text.Replace(" .\n", " ", StringComparison.Ordinal), " ").Trim())
        .Where(text => text.Length >= Shortest)
        .Select(text => text.Length > Longest ? text[..text.LastIndexOf(' ', Longest)] : text);

    [GeneratedRegex(@"\n\s*\.?\s*\n")]
    private static partial Regex BlankLine();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
