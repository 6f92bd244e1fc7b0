namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// Splits text into words as GPT-2's pattern does:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <remarks>
/// A scanner over code points, not a .NET regular expression: those work on UTF-16 units, so letters outside the basic
/// plane would not be letters and the words would differ from other readers of the same <c>tokenizer.json</c>.
/// A lone surrogate counts as U+FFFD, which is what it becomes in UTF-8.
/// </remarks>
internal static class PreTokenizer
{
    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>The end of the word that starts at <paramref name="start"/>; text that isn't empty always moves on.</summary>
    public static int NextEnd(ReadOnlySpan<char> text, int start)
    {
        var contraction = ContractionLength(text[start..]);
        if (contraction > 0)
        {
            return start + contraction;
        }

        var first = start;
        var kind = KindAt(text, first, out var length);
        if (text[start] == ' ' && start + 1 < text.Length)
        {
            var next = KindAt(text, start + 1, out var nextLength);
            if (next != Kind.Space)
            {
                (kind, length, first) = (next, nextLength, start + 1);
            }
        }

        var end = first + length;
        var last = first; // start of the run's last code point
        while (end < text.Length && KindAt(text, end, out length) == kind)
        {
            last = end;
            end += length;
        }

        // `\s+(?!\S)`: white space before a word leaves its last character to that word.
        return kind == Kind.Space && end < text.Length && last > first ? last : end;
    }

    private static int ContractionLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'')
        {
            return 0;
        }

        if (text[1] is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        return text.Length > 2 && (text[1], text[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int length)
    {
        var c = text[index];
        if (char.IsAscii(c))
        {
            length = 1;
            return char.IsAsciiLetter(c) ? Kind.Letter
                : char.IsAsciiDigit(c) ? Kind.Number
                : c is ' ' or (>= '\t' and <= '\r') ? Kind.Space
                : Kind.Other;
        }

        Rune.DecodeFromUtf16(text[index..], out var rune, out length);
        return Rune.IsLetter(rune) ? Kind.Letter
            : Rune.IsNumber(rune) ? Kind.Number
            : Rune.IsWhiteSpace(rune) ? Kind.Space
            : Kind.Other;
    }
}
