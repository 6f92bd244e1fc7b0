namespace Tda.Core.Text;

/// <summary>
/// Finds the characters that a reader cannot see but that change what they see or what a model reads: controls,
/// bidirectional overrides, zero-width and other format characters, variation selectors, lone surrogates.
/// </summary>
public static class VisibleText
{
    // Letters and symbols by category, blank by looks: often used to hide text or to dodge filters.
    private static readonly HashSet<int> BlankLooking = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0];

    /// <summary>Splits a text into visible runs and single hidden characters, in order.</summary>
    public static IEnumerable<VisibleRun> Runs(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            var valid = Rune.TryGetRuneAt(text, i, out var rune);
            var length = valid ? rune.Utf16SequenceLength : 1;
            var code = valid ? rune.Value : text[i];
            if ((!valid || IsHidden(rune)) && !IsLineBreak(text, i))
            {
                if (i > start)
                {
                    yield return new VisibleRun(text[start..i], null);
                }

                yield return new VisibleRun(text.Substring(i, length), Label(code));
                start = i + length;
            }

            i += length;
        }

        if (start < text.Length)
        {
            yield return new VisibleRun(text[start..], null);
        }
    }

    /// <summary>The text with hidden characters spelt out, for places that take no markup.</summary>
    public static string Plain(string text) => string.Concat(Runs(text).Select(run => run.Hidden is { } label ? $"[{label}]" : run.Text));

    // The carriage return of CR LF is part of an ordinary line break; alone it can overwrite a line on a terminal.
    private static bool IsLineBreak(string text, int i) => text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n';

    private static bool IsHidden(Rune rune)
    {
        if (BlankLooking.Contains(rune.Value) || rune.Value is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF))
        {
            return true;
        }

        // Spaces other than U+0020 and U+00A0 are told apart by nobody's eye.
        return rune.Value is not ('\n' or '\t' or 0x20 or 0xA0) && Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator
            or UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate;
    }

    private static string Label(int code)
    {
        var name = code switch
        {
            0x0D => "CR",
            0x00 => "NUL",
            0x1B => "ESC",
            0xAD => "SHY",
            0x200B => "ZWSP",
            0x200C => "ZWNJ",
            0x200D => "ZWJ",
            0x200E => "LRM",
            0x200F => "RLM",
            0x202A => "LRE",
            0x202B => "RLE",
            0x202C => "PDF",
            0x202D => "LRO",
            0x202E => "RLO",
            0x2060 => "WJ",
            0x2066 => "LRI",
            0x2067 => "RLI",
            0x2068 => "FSI",
            0x2069 => "PDI",
            0xFEFF => "BOM",
            _ => null,
        };
        var point = "U+" + code.ToString("X4", CultureInfo.InvariantCulture);
        return name is null ? point : $"{point} {name}";
    }
}

/// <summary>A piece of text.</summary>
/// <param name="Text">The characters.</param>
/// <param name="Hidden">Name of the hidden character that the piece consists of; null for visible text.</param>
public readonly record struct VisibleRun(string Text, string? Hidden);
