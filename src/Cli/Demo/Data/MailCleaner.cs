using System.Text.RegularExpressions;

namespace Tda.Cli.Demo.Data;

/// <summary>
/// Reduces a mail's text to what its author wrote: no quotations, signatures, forwarded headers, list footers, long codes.
/// </summary>
/// <remarks>
/// A model of a million parameters learns language only from text that is language. What is removed is noise for ham and spam
/// alike, so that neither class is recognisable by its furniture.
/// </remarks>
public static partial class MailCleaner
{
    /// <summary>Share of characters outside ASCII above which a mail is taken for another language's and left out.</summary>
    private const double MaximumForeignShare = .03;

    /// <summary>Cleans one mail's decoded text.</summary>
    /// <returns>One line of printable ASCII; empty when nothing in English is left.</returns>
    public static string Clean(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var raw in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var line = raw.Trim();
            if (line.StartsWith("_____", StringComparison.Ordinal) || raw.StartsWith("-- ", StringComparison.Ordinal) || line == "--")
            {
                break; // everything below is a signature or a list's footer
            }

            if (line.StartsWith('>') || line.StartsWith('|') || line.StartsWith(':') || HeaderLine().IsMatch(line)
                || Attribution().IsMatch(line) || Forwarded().IsMatch(line))
            {
                continue;
            }

            kept.Append(line).Append(' ');
        }
        var joined = Typography(kept.ToString());
        if (joined.Length == 0 || joined.Count(c => c > 126) > MaximumForeignShare * joined.Length)
        {
            return "";
        }

        joined = OneLine(joined);
        joined = UrlPath().Replace(joined, "$1/");
        joined = LongCode().Replace(joined, " ");
        joined = Repeated().Replace(joined, "$1$1$1");
        // Shouting would make harm a matter of typography; words are what attribution is to find.
        joined = Shouted().Replace(joined, word => word.Value[0] + word.Value[1..].ToLowerInvariant());
        return Spaces().Replace(joined, " ").Trim();
    }

    /// <summary>Printable ASCII on one line; other characters become spaces.</summary>
    public static string OneLine(string text) => Spaces().Replace(NotPrintable().Replace(Typography(text), " "), " ").Trim();

    private static string Typography(string text) => text
        .Replace('‘', '\'').Replace('’', '\'').Replace('“', '"').Replace('”', '"')
        .Replace('–', '-').Replace('—', '-').Replace('\u00a0', ' ')
        // Windows-1252 punctuation that mails declare as Latin-1.
        .Replace('\u0091', '\'').Replace('\u0092', '\'').Replace('\u0093', '"').Replace('\u0094', '"')
        .Replace('\u0096', '-').Replace('\u0097', '-');

    [GeneratedRegex(@"^(url|date|from|to|subject|sent|cc|message-id|reply-to|received|content-\S+|return-path|mime-version|x-\S+): ",
        RegexOptions.IgnoreCase)]
    private static partial Regex HeaderLine();

    [GeneratedRegex(@"\b(wrote|writes|said):$")]
    private static partial Regex Attribution();

    [GeneratedRegex("^-+ ?(original message|forwarded|begin pgp)", RegexOptions.IgnoreCase)]
    private static partial Regex Forwarded();

    [GeneratedRegex(@"[^\x20-\x7e]")]
    private static partial Regex NotPrintable();

    [GeneratedRegex(@"(https?://[^/\s"">]+)\S*")]
    private static partial Regex UrlPath();

    [GeneratedRegex(@"\S{41,}")]
    private static partial Regex LongCode();

    [GeneratedRegex(@"([^\w\s])(?:\s?\1){3,}")]
    private static partial Regex Repeated();

    [GeneratedRegex(@"\b[A-Z]{4,}\b")]
    private static partial Regex Shouted();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
