namespace Tda.Labels.Classifiers;

/// <summary>A filter by words, as teams have it before they have anything else: how much of a text is words of a list.</summary>
/// <param name="Words">In lower case, the most telling first.</param>
public sealed record KeywordList(IReadOnlyList<string> Words)
{
    private readonly HashSet<string> _words = new(Words, StringComparer.Ordinal);

    /// <summary>
    /// The words that tell harmful texts from others best: the largest z of the log-odds ratio with the whole file's words as prior (Monroe,
    /// Colaresi and Quinn 2008, Fightin' Words, equations 16 and 22). A text counts a word once, so that one text can't make a word.
    /// </summary>
    /// <param name="texts">Labelled texts.</param>
    /// <param name="count">Most words, at least 1. Fewer come where fewer are at z ≥ 1.96, chance's own.</param>
    /// <exception cref="UsageException">The number is below 1, or the texts are of one kind, or no word tells them apart.</exception>
    public static KeywordList Learn(IEnumerable<LabelledText> texts, int count = 50)
    {
        new OptionChecks().AtLeast("the number of keywords", count, 1).Throw("The");
        var counts = new Dictionary<string, (double Harmful, double Other)>(StringComparer.Ordinal);
        double harmful = 0, other = 0;
        foreach (var text in texts)
        {
            foreach (var word in WordsOf(text.Text).Distinct(StringComparer.Ordinal))
            {
                var (a, b) = counts.GetValueOrDefault(word);
                counts[word] = text.Label == LabelledText.Harm ? (a + 1, b) : (a, b + 1);
                (harmful, other) = text.Label == LabelledText.Harm ? (harmful + 1, other) : (harmful, other + 1);
            }
        }

        // Prior: each word as often as in both kinds together, with the weight of the file itself.
        var all = harmful + other;
        double Z((double Harmful, double Other) word)
        {
            var prior = word.Harmful + word.Other;
            var (a, b) = (word.Harmful + prior, word.Other + prior);
            var ratio = Math.Log(a / (harmful + all - a)) - Math.Log(b / (other + all - b));
            return ratio / Math.Sqrt((1 / a) + (1 / b));
        }

        const double chance = 1.96;
        string[] words =
        [
            .. counts.Select(one => (one.Key, Z: Z(one.Value))).Where(one => one.Z >= chance)
                .OrderByDescending(one => one.Z).ThenBy(one => one.Key, StringComparer.Ordinal).Take(count).Select(one => one.Key),
        ];
        return words.Length > 0 ? new KeywordList(words) : throw new UsageException("No word tells the harmful texts from the others: there is no list of keywords to learn.");
    }

    /// <summary>Share of a text's words that are on the list, 0 to 1.</summary>
    public double Score(string text)
    {
        var (hits, words) = (0, 0);
        foreach (var word in WordsOf(text))
        {
            words++;
            hits += _words.Contains(word) ? 1 : 0;
        }

        return words == 0 ? 0 : hits / (double)words;
    }

    /// <summary>Runs of letters, in lower case.</summary>
    private static IEnumerable<string> WordsOf(string text)
    {
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var isLetter = i < text.Length && char.IsLetter(text[i]);
            if (isLetter && start < 0)
            {
                start = i;
            }
            else if (!isLetter && start >= 0)
            {
                yield return text[start..i].ToLowerInvariant();
                start = -1;
            }
        }
    }
}
