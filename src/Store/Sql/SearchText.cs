namespace Tda.Store.Sql;

/// <summary>What a search looks for: phrases of words, all of which must occur. Words are runs of letters, marks and digits.</summary>
internal static class SearchText
{
    /// <summary>Longer words are not in PostgreSQL's index.</summary>
    private const int LongestWord = 500;

    /// <summary>The phrases of a search; empty when it has no word.</summary>
    public static IReadOnlyList<(string[] Words, bool Prefix)> Parse(string text)
    {
        var phrases = Split(text)
            .Select(part => (Words: Words(part, int.MaxValue).Split(' ', StringSplitOptions.RemoveEmptyEntries), Prefix: part.EndsWith('*')))
            .Where(phrase => phrase.Words.Length > 0)
            .ToList();
        return phrases.Exists(phrase => phrase.Words.Any(word => word.Length > LongestWord)) ? [] : phrases;
    }

    /// <summary>A text's words in lower case with a space between, of at most so many characters.</summary>
    public static string Words(string? text, int most)
    {
        var words = new StringBuilder();
        var apart = false;
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (words.Length >= most)
            {
                break;
            }

            if (IsWord(rune))
            {
                words.Append(apart && words.Length > 0 ? " " : "").Append(Rune.ToLowerInvariant(rune));
                apart = false;
            }
            else
            {
                apart = true;
            }
        }

        return words.ToString();
    }

    private static bool IsWord(Rune rune) => rune.IsAscii
        ? char.IsAsciiLetterOrDigit((char)rune.Value)
        : Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.OtherNumber or UnicodeCategory.LetterNumber;

    // Quotes keep words together; an unclosed one reaches to the end.
    private static IEnumerable<string> Split(string text)
    {
        var quoted = false;
        foreach (var part in text.Split('"'))
        {
            foreach (var piece in quoted ? [part] : part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                yield return piece;
            }

            quoted = !quoted;
        }
    }
}
