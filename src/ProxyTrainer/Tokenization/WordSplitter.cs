using System.Text.RegularExpressions;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// Cuts text into words by the patterns of a <c>tokenizer.json</c>, one after the other, and last, where it is asked for, by GPT-2's
/// (<see cref="PreTokenizer"/>). A pattern's matches and what lies between them are words of their own.
/// </summary>
/// <remarks>
/// .NET's patterns work on UTF-16 units, those of the file on code points. A pattern therefore runs over a text with one unit for each code
/// point: outside the basic plane a character of the same category stands for it.
/// </remarks>
internal sealed class WordSplitter(IReadOnlyList<string> patterns, bool byGpt2)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // What other engines understand otherwise: possessive quantifiers, classes within classes, sets of classes, their own escapes.
    private static readonly Regex Foreign = new(@"[?*+]\+|\[\[|&&|\\[hHRKXGQEz]|\\x\{|\(\?[<P'#&|R0-9+]", RegexOptions.CultureInvariant);

    private readonly Regex[] _patterns = [.. patterns.Select(pattern => new Regex(pattern, RegexOptions.CultureInvariant, Patience))];

    /// <summary>Whether GPT-2's pattern alone is meant.</summary>
    public bool IsGpt2 => _patterns.Length == 0 && byGpt2;

    /// <summary>Why a pattern can't be run as where it comes from; null when it can.</summary>
    public static string? Refusal(string pattern)
    {
        if (Foreign.Match(pattern) is { Success: true } match)
        {
            return $"\"{match.Value}\" in the pattern {pattern}";
        }

        if (pattern.Any(char.IsSurrogate))
        {
            return $"a character outside the basic plane in the pattern {pattern}";
        }

        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant, Patience);
            return null;
        }
        catch (ArgumentException error)
        {
            return $"the pattern {pattern} ({error.Message})";
        }
    }

    /// <summary>The words of a text, in order; together they are all of it.</summary>
    public List<(int Start, int End)> Words(string text)
    {
        List<(int Start, int End)> words = [(0, text.Length)];
        foreach (var pattern in _patterns)
        {
            var finer = new List<(int, int)>();
            foreach (var (start, end) in words)
            {
                Cut(text[start..end], start, pattern, finer);
            }

            words = finer;
        }

        return byGpt2 ? [.. words.SelectMany(word => Gpt2(text, word.Start, word.End))] : words;
    }

    private static IEnumerable<(int Start, int End)> Gpt2(string text, int start, int end)
    {
        var word = text[start..end];
        for (int at = 0, next; at < word.Length; at = next)
        {
            next = PreTokenizer.NextEnd(word, at);
            yield return (start + at, start + next);
        }
    }

    private static void Cut(string word, int offset, Regex pattern, List<(int Start, int End)> words)
    {
        var (units, places) = Project(word);
        var done = 0;
        foreach (var match in pattern.EnumerateMatches(units))
        {
            if (match.Length > 0)
            {
                Add(done, match.Index);
                Add(match.Index, match.Index + match.Length);
                done = match.Index + match.Length;
            }
        }

        Add(done, units.Length);

        void Add(int from, int to)
        {
            if (to > from)
            {
                words.Add((offset + (places?[from] ?? from), offset + (places?[to] ?? to)));
            }
        }
    }

    /// <summary>The text with one unit for each code point, and where each begins; no places where they are the same.</summary>
    private static (string Units, int[]? Places) Project(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') && !text.AsSpan().ContainsAny('\u017F', '\u212A'))
        {
            return (text, null);
        }

        var units = new StringBuilder(text.Length);
        var places = new List<int>(text.Length + 1);
        for (var at = 0; at < text.Length;)
        {
            places.Add(at);
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            at += length;
            units.Append(rune.Value switch
            {
                // Whatever the case, these two are an s and a k elsewhere.
                0x17F => 's',
                0x212A => 'K',
                _ => rune.IsBmp ? (char)rune.Value : Stand(Rune.GetUnicodeCategory(rune)),
            });
        }

        places.Add(text.Length);
        return (units.ToString(), [.. places]);
    }

    private static char Stand(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u03A9',
        UnicodeCategory.LowercaseLetter => '\u03C9',
        UnicodeCategory.TitlecaseLetter => '\u01C5',
        UnicodeCategory.ModifierLetter => '\u02B0',
        UnicodeCategory.OtherLetter => '\u2135',
        UnicodeCategory.NonSpacingMark => '\u0300',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u20DD',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        UnicodeCategory.LetterNumber => '\u2160',
        UnicodeCategory.OtherNumber => '\u00B2',
        UnicodeCategory.ConnectorPunctuation => '\u203F',
        UnicodeCategory.DashPunctuation => '\u2010',
        UnicodeCategory.OpenPunctuation => '\u2045',
        UnicodeCategory.ClosePunctuation => '\u2046',
        UnicodeCategory.OtherPunctuation => '\u2020',
        UnicodeCategory.MathSymbol => '\u2211',
        UnicodeCategory.CurrencySymbol => '\u20AC',
        UnicodeCategory.ModifierSymbol => '\u02C2',
        UnicodeCategory.Format => '\u200C',
        UnicodeCategory.PrivateUse => '\uE000',
        UnicodeCategory.OtherNotAssigned => '\u0378',
        _ => '\u2603',
    };
}
