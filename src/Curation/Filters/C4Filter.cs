using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Filters;

/// <summary>
/// C4's rules (Raffel et al. 2020, section 2.2). C4 cuts lines; a decision can't cut text, so this filter looks at what C4 would leave: it
/// drops pages that C4 drops, and those of which too few sentences, or too small a share, would be left. C4's list of bad words is not here
/// (<c>regex</c> takes any list), and duplicate spans are the stage <c>substrings</c>.
/// </summary>
/// <param name="minSentences">Fewest sentences in the lines that C4 keeps.</param>
/// <param name="minWordsPerLine">A line of fewer words is cut.</param>
/// <param name="minKept">Least share of the characters in the lines that C4 keeps.</param>
/// <param name="wrapped">Whether lines were broken at some width, as in mail: then lines are what stands between blank lines.</param>
public sealed class C4Filter(int minSentences, int minWordsPerLine, double minKept, bool wrapped) : DocumentFilter("c4")
{
    private const string PlaceHolder = "lorem ipsum";

    private static readonly string[] PolicyNotices = ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"];

    public static StageKind Kind { get; } = new(
        "c4", "Leaves out what C4's rules would cut to nearly nothing.", "min_sentences 3, min_words_per_line 5, min_kept 0, wrapped false",
        (options, _) => new C4Filter(
            options.Count("min_sentences", 3), options.Count("min_words_per_line", 5), options.Number("min_kept", 0, min: 0, max: 1), options.Flag("wrapped", false)));

    public override string Rule { get; } = FormattableString.Invariant(
        $"c4: ≥ {minSentences} sentences and ≥ {minKept} of the text in {(wrapped ? "paragraphs" : "lines")} of ≥ {minWordsPerLine} words that end a sentence, no lorem ipsum, no braces");

    public override Decision? Judge(Document document)
    {
        var text = document.Text.AsSpan();
        if (text.IndexOf(PlaceHolder, StringComparison.OrdinalIgnoreCase) is var at and >= 0)
        {
            return Drop(document, "lorem_ipsum", 1, 0) with { Evidence = Around(document.Text, at, PlaceHolder.Length) };
        }

        if (text.IndexOf('{') is var brace and >= 0)
        {
            return Drop(document, "brace", text.Count('{'), 0) with { Evidence = Around(document.Text, brace, 1) };
        }

        var sentences = 0;
        long kept = 0, characters = 0;
        TextSpan? firstCut = null;
        foreach (var span in TextSpans.Lines(text, wrapped))
        {
            var line = span.Of(text);
            characters += line.Length;
            if (IsKept(line))
            {
                kept += line.Length;
                sentences += Sentences(line);
            }
            else
            {
                firstCut ??= span;
            }
        }

        var evidence = firstCut is { } cut ? Evidence.Of(document.Text, cut.Start, cut.End) : Evidence.Of(document.Text);
        var share = characters == 0 ? 0 : (double)kept / characters;
        return sentences < minSentences ? Drop(document, "too_few_sentences", sentences, minSentences) with { Evidence = evidence }
            : share < minKept ? Drop(document, "too_few_kept_lines", share, minKept) with { Evidence = evidence }
            : null;
    }

    private bool IsKept(ReadOnlySpan<char> line)
    {
        if (!TextSpans.EndsSentence(line) || line.Contains("javascript", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (var notice in PolicyNotices)
        {
            if (line.Contains(notice, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        var words = 0;
        foreach (var word in TextSpans.Words(line))
        {
            words += word.IsEmpty ? 0 : 1;
        }

        return words >= minWordsPerLine;
    }

    /// <summary>Words that end a sentence.</summary>
    private static int Sentences(ReadOnlySpan<char> line)
    {
        var sentences = 0;
        foreach (var word in TextSpans.Words(line))
        {
            sentences += TextSpans.EndsSentence(word) ? 1 : 0;
        }

        return sentences;
    }

    private static string Around(string text, int at, int length) =>
        Evidence.Of(text, Math.Max(0, at - 40), Math.Min(text.Length, at + length + 40));
}
