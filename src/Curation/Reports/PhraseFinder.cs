using Tda.Curation.Selection;

namespace Tda.Curation.Reports;

/// <summary>
/// Adds token scores up to words, and words to the phrases that carry a document's influence. People can't read "▁distr", "ib", "uted";
/// they can read "distributed in the hope".
/// </summary>
public static class PhraseFinder
{
    /// <summary>Most words of a phrase.</summary>
    public const int LongestPhrase = 8;

    private const int MostCharacters = 70;

    /// <summary>
    /// The strongest phrases, best first, without overlap. A word is what stands between white space; its score is the sum over the tokens
    /// that begin in it (leading space aside). A phrase is a run of at most <see cref="LongestPhrase"/> words and 70 characters (a longer word stands alone); it is worth the sum of its
    /// words' scores, less half the mean score of the document's positive words for each of them, so that weak words don't make a phrase longer.
    /// </summary>
    /// <param name="text">The document's text.</param>
    /// <param name="scores">Its token scores.</param>
    /// <param name="most">Most phrases.</param>
    public static IReadOnlyList<Phrase> Strongest(string text, DocumentTokenScores scores, int most = 3)
    {
        var words = Words(text, scores);
        var positive = words.Where(word => word.Score > 0).Sum(word => word.Score);
        if (positive <= 0)
        {
            return [];
        }

        var price = positive / words.Count(word => word.Score > 0) / 2;
        var taken = new bool[words.Count];
        var phrases = new List<Phrase>();
        while (phrases.Count < most && Best(words, taken, price) is var (first, last))
        {
            taken.AsSpan(first..(last + 1)).Fill(true);
            var score = words.Skip(first).Take(last + 1 - first).Sum(word => word.Score);
            phrases.Add(new Phrase(words[first].Start, words[last].End, score, score / positive));
        }

        return phrases;
    }

    /// <summary>Words of a text with the sums of their tokens' scores.</summary>
    internal static IReadOnlyList<Phrase> Words(string text, DocumentTokenScores scores)
    {
        var words = new List<Phrase>();
        for (var at = 0; at < text.Length;)
        {
            var end = at;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (end > at)
            {
                words.Add(new Phrase(at, end, 0, 0));
            }

            at = end + 1;
        }

        foreach (var (span, score) in scores.Spans.Zip(scores.Scores).Where(token => token.First.End <= text.Length))
        {
            var start = span.Start;
            while (start < span.End && char.IsWhiteSpace(text[start]))
            {
                start++;
            }

            // White space alone and the end of the text belong to no word.
            var word = start < span.End ? WordAt(words, start) : -1;
            if (word >= 0)
            {
                words[word] = words[word] with { Score = words[word].Score + score };
            }
        }

        return words;
    }

    private static int WordAt(List<Phrase> words, int character)
    {
        var (low, high) = (0, words.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = words[middle].Start <= character ? (middle, high) : (low, middle - 1);
        }

        return words.Count > 0 && words[low].Start <= character && character < words[low].End ? low : -1;
    }

    private static (int First, int Last)? Best(IReadOnlyList<Phrase> words, bool[] taken, double price)
    {
        (int First, int Last)? best = null;
        var most = 0.0;
        for (var first = 0; first < words.Count; first++)
        {
            var worth = 0.0;
            for (var last = first; last < Math.Min(first + LongestPhrase, words.Count) && !taken[last]; last++)
            {
                if (last > first && words[last].End - words[first].Start > MostCharacters)
                {
                    break;
                }

                worth += words[last].Score - price;
                if (worth > most)
                {
                    (most, best) = (worth, (first, last));
                }
            }
        }

        return best;
    }
}

/// <summary>Some words of a document and their part in its influence.</summary>
/// <param name="Start">First character in the document's text.</param>
/// <param name="End">One past the last.</param>
/// <param name="Score">Sum of its tokens' scores; positive = proponent.</param>
/// <param name="Share">Of the positive scores of all the document's words, 0 to 1.</param>
public sealed record Phrase(int Start, int End, double Score, double Share)
{
    /// <summary>The words, on one line; empty where only the place is known.</summary>
    public string Text { get; init; } = "";

    private const int LongestText = 90;

    /// <summary>The phrase with its words; of a word that goes on and on the beginning.</summary>
    internal Phrase Of(string text)
    {
        var line = string.Join(' ', text[Start..End].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return this with { Text = line.Length <= LongestText ? line : line[..LongestText].TrimEnd() + "…" };
    }
}
