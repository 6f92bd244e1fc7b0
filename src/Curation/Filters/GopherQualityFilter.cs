using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Filters;

/// <summary>
/// Leaves out documents that don't look like prose: the quality rules of Gopher (Rae et al. 2021, appendix A.1.1), with the paper's bounds
/// as defaults. A word is a run of characters without white space that has a letter or a digit, so the rules fit languages that write spaces.
/// </summary>
public sealed class GopherQualityFilter(GopherQualityOptions bounds) : DocumentFilter("gopher_quality")
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _stopWords =
        new HashSet<string>(bounds.StopWords, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    public static StageKind Kind { get; } = new(
        "gopher_quality", "Leaves out what doesn't look like prose, by Gopher's rules.",
        "min_words 50, max_words 100000, min_word_length 3, max_word_length 10, max_symbols .1, max_bullet_lines .9, max_ellipsis_lines .3, "
        + "min_alphabetic .8, min_stop_words 2, stop_words [the, be, to, of, and, that, have, with]",
        (options, _) => new GopherQualityFilter(GopherQualityOptions.Read(options)));

    public override string Rule { get; } = bounds.InWords();

    public override Decision? Judge(Document document)
    {
        var text = document.Text.AsSpan();
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        int runs = 0, words = 0, alphabetic = 0;
        long characters = 0;
        foreach (var run in TextSpans.Words(text))
        {
            runs++;
            var word = TextSpans.Core(run);
            if (word.IsEmpty)
            {
                continue;
            }

            words++;
            characters += word.Length;
            alphabetic += HasLetter(word) ? 1 : 0;
            if (_stopWords.TryGetValue(word, out var stopWord))
            {
                found.Add(stopWord);
            }
        }

        // Counts first: with no word at all the ratios mean nothing.
        if (words < bounds.MinWords)
        {
            return Drop(document, "too_few_words", words, bounds.MinWords);
        }

        if (words > bounds.MaxWords)
        {
            return Drop(document, "too_many_words", words, bounds.MaxWords);
        }

        var length = (double)characters / Math.Max(1, words);
        if (length < bounds.MinWordLength)
        {
            return Drop(document, "short_words", length, bounds.MinWordLength);
        }

        if (length > bounds.MaxWordLength)
        {
            return Drop(document, "long_words", length, bounds.MaxWordLength);
        }

        return Symbols(document, text.Count('#'), words, "hash_symbols")
            ?? Symbols(document, text.Count("...") + text.Count('…'), words, "ellipses")
            ?? Lines(document, text)
            ?? (Share(alphabetic, runs) < bounds.MinAlphabetic ? Drop(document, "few_alphabetic_words", Share(alphabetic, runs), bounds.MinAlphabetic) : null)
            ?? (found.Count < bounds.MinStopWords
                ? Drop(document, "too_few_stop_words", found.Count, bounds.MinStopWords) with { Evidence = Evidence.Of($"{string.Join(", ", found)}: {document.Text}") }
                : null);
    }

    private Decision? Symbols(Document document, int count, int words, string reason) =>
        Share(count, words) > bounds.MaxSymbols ? Drop(document, reason, Share(count, words), bounds.MaxSymbols) : null;

    private Decision? Lines(Document document, ReadOnlySpan<char> text)
    {
        var lines = TextSpans.Lines(text);
        int bullets = 0, ellipses = 0;
        foreach (var span in lines)
        {
            var line = span.Of(text);
            bullets += line[0] is '•' or '‣' or '◦' or '▪' or '●' or '-' or '*' or '·' or '–' ? 1 : 0;
            ellipses += line[^1] == '…' || line.EndsWith("...") ? 1 : 0;
        }

        return Share(bullets, lines.Count) > bounds.MaxBulletLines ? Drop(document, "bullet_lines", Share(bullets, lines.Count), bounds.MaxBulletLines)
            : Share(ellipses, lines.Count) > bounds.MaxEllipsisLines ? Drop(document, "ellipsis_lines", Share(ellipses, lines.Count), bounds.MaxEllipsisLines)
            : null;
    }

    private static double Share(int part, int all) => all == 0 ? 0 : (double)part / all;

    private static bool HasLetter(ReadOnlySpan<char> word)
    {
        foreach (var rune in word.EnumerateRunes())
        {
            if (Rune.IsLetter(rune))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Bounds of <see cref="GopherQualityFilter"/>; a document on a bound stays.</summary>
public sealed record GopherQualityOptions
{
    private static readonly string[] PaperStopWords = ["the", "be", "to", "of", "and", "that", "have", "with"];

    /// <summary>Fewest words. Default 50.</summary>
    public int MinWords { get; init; } = 50;

    /// <summary>Most words. Default 100,000.</summary>
    public int MaxWords { get; init; } = 100_000;

    /// <summary>Least mean length of a word, in characters. Default 3.</summary>
    public double MinWordLength { get; init; } = 3;

    /// <summary>Greatest mean length of a word, in characters. Default 10.</summary>
    public double MaxWordLength { get; init; } = 10;

    /// <summary>Most hash signs a word, and most ellipses a word. Default .1.</summary>
    public double MaxSymbols { get; init; } = .1;

    /// <summary>Greatest share of lines that begin with a bullet. Default .9.</summary>
    public double MaxBulletLines { get; init; } = .9;

    /// <summary>Greatest share of lines that end with an ellipsis. Default .3.</summary>
    public double MaxEllipsisLines { get; init; } = .3;

    /// <summary>Least share of words with a letter, among all runs without white space. Default .8.</summary>
    public double MinAlphabetic { get; init; } = .8;

    /// <summary>How many of the stop words must be there, each counted once. Default 2.</summary>
    public int MinStopWords { get; init; } = 2;

    /// <summary>Stop words. Default the paper's, which are English.</summary>
    public IReadOnlyList<string> StopWords { get; init; } = PaperStopWords;

    internal static GopherQualityOptions Read(StageOptions options)
    {
        var standard = new GopherQualityOptions();
        var stopWords = options.Texts("stop_words");
        var read = new GopherQualityOptions
        {
            MinWords = options.Count("min_words", standard.MinWords),
            MaxWords = options.Count("max_words", standard.MaxWords),
            MinWordLength = options.Number("min_word_length", standard.MinWordLength, min: 0),
            MaxWordLength = options.Number("max_word_length", standard.MaxWordLength, min: 0),
            MaxSymbols = options.Number("max_symbols", standard.MaxSymbols, min: 0),
            MaxBulletLines = options.Number("max_bullet_lines", standard.MaxBulletLines, min: 0, max: 1),
            MaxEllipsisLines = options.Number("max_ellipsis_lines", standard.MaxEllipsisLines, min: 0, max: 1),
            MinAlphabetic = options.Number("min_alphabetic", standard.MinAlphabetic, min: 0, max: 1),
            MinStopWords = options.Count("min_stop_words", standard.MinStopWords),
            StopWords = stopWords.Count == 0 ? standard.StopWords : stopWords,
        };
        if (read.MaxWords < read.MinWords)
        {
            options.Fail("max_words", $"it is below min_words, {read.MinWords}");
        }

        if (read.MaxWordLength < read.MinWordLength)
        {
            options.Fail("max_word_length", FormattableString.Invariant($"it is below min_word_length, {read.MinWordLength}"));
        }

        if (read.MinStopWords > read.StopWords.Distinct(StringComparer.OrdinalIgnoreCase).Count())
        {
            options.Fail("min_stop_words", "there are fewer stop words");
        }

        return read;
    }

    internal string InWords() => FormattableString.Invariant(
        $"gopher_quality: {MinWords} to {MaxWords} words of {MinWordLength} to {MaxWordLength} characters, symbols ≤ {MaxSymbols} a word, lines with bullets ≤ {MaxBulletLines}, with ellipses ≤ {MaxEllipsisLines}, words with letters ≥ {MinAlphabetic}, ≥ {MinStopWords} of {string.Join(' ', StopWords)}");
}
