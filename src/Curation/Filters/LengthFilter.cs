using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Filters;

/// <summary>Leaves out documents of too few or too many words. A word is a run of characters without white space.</summary>
/// <param name="minWords">Fewest words.</param>
/// <param name="maxWords">Most words.</param>
public sealed class LengthFilter(int minWords, int maxWords) : DocumentFilter("length")
{
    /// <summary>How plans name it. The default bounds are those of Gopher (Rae et al. 2021, appendix A).</summary>
    public static StageKind Kind { get; } = new("length", "Leaves out documents of too few or too many words.", "min_words 50, max_words 100000", (options, _) =>
    {
        var (min, max) = (options.Count("min_words", 50), options.Count("max_words", 100_000));
        if (max < min)
        {
            options.Fail("max_words", $"it is below min_words, {min}");
        }

        return new LengthFilter(min, max);
    });

    public override string Rule { get; } = FormattableString.Invariant($"length: {minWords} to {maxWords} words");

    public override Decision? Judge(Document document)
    {
        var words = Count(document.Text);
        return words < minWords ? Drop(document, "too_short", words, minWords)
            : words > maxWords ? Drop(document, "too_long", words, maxWords)
            : null;
    }

    private static int Count(string text)
    {
        var words = 0;
        foreach (var word in TextSpans.Words(text))
        {
            words += word.IsEmpty ? 0 : 1;
        }

        return words;
    }
}
