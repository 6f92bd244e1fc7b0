using System.Globalization;
using System.Text;

namespace Tda.Gateway.Pages;

/// <summary>
/// Text as HTML shows it: markup escaped, and characters that hide or reorder others (bidirectional controls, zero-width
/// and other format characters, control characters) written as their code points, so that what a reviewer reads is what is there.
/// </summary>
internal static class VisibleText
{
    /// <summary>Appends the escaped text.</summary>
    public static void AppendTo(StringBuilder markup, string? text)
    {
        if (text is null)
        {
            return;
        }

        var width = 0;
        for (var i = 0; i < text.Length; i += width)
        {
            var valid = Rune.TryGetRuneAt(text, i, out var rune);
            width = valid ? rune.Utf16SequenceLength : 1;
            if (!valid)
            {
                AppendCode(markup, text[i]);
            }
            else if (IsHidden(rune))
            {
                AppendCode(markup, rune.Value);
            }
            else
            {
                Append(markup, rune);
            }
        }
    }

    private static bool IsHidden(Rune rune) => rune.Value is not ('\n' or '\t' or '\r') && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static void Append(StringBuilder markup, Rune rune)
    {
        _ = rune.Value switch
        {
            '<' => markup.Append("&lt;"),
            '>' => markup.Append("&gt;"),
            '&' => markup.Append("&amp;"),
            '"' => markup.Append("&quot;"),
            '\'' => markup.Append("&#39;"),
            _ => markup.Append(rune.ToString()),
        };
    }

    private static void AppendCode(StringBuilder markup, int code) =>
        markup.Append("⟦U+").Append(code.ToString("X4", CultureInfo.InvariantCulture)).Append('⟧');
}
