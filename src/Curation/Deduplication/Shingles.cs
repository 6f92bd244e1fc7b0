using System.Runtime.InteropServices;

namespace Tda.Curation.Deduplication;

/// <summary>
/// The n-grams of a text's words as 64-bit hashes: a rolling polynomial over the words' hashes, modulo 2⁶⁴, then mixed. Two different
/// n-grams share a hash with probability 2⁻⁶⁴ or so, which is taken for never.
/// </summary>
internal static class Shingles
{
    private const ulong Base = 0x9E3779B97F4A7C15; // odd, so that every word counts

    /// <summary>
    /// Every n-gram in turn, words − n + 1 of them; a text of fewer words is one n-gram, an empty one none.
    /// </summary>
    /// <param name="words">The words' hashes.</param>
    /// <param name="size">n, at least 1.</param>
    /// <param name="into">Is cleared and filled.</param>
    public static void Read(ReadOnlySpan<ulong> words, int size, List<ulong> into)
    {
        into.Clear();
        if (words.IsEmpty)
        {
            return;
        }

        size = Math.Min(size, words.Length);
        var leaving = 1UL; // Base^(n − 1), the weight of the word that leaves
        for (var i = 1; i < size; i++)
        {
            leaving *= Base;
        }

        var rolling = 0UL;
        for (var i = 0; i < words.Length; i++)
        {
            rolling = ((rolling - (i >= size ? words[i - size] * leaving : 0)) * Base) + words[i];
            if (i >= size - 1)
            {
                into.Add(SplitMix64.Hash(rolling));
            }
        }
    }

    /// <summary>The same as a set: sorted, each once.</summary>
    /// <inheritdoc cref="Read"/>
    public static ReadOnlySpan<ulong> ReadSet(ReadOnlySpan<ulong> words, int size, List<ulong> into)
    {
        Read(words, size, into);
        var all = CollectionsMarshal.AsSpan(into);
        all.Sort();
        var count = 0;
        foreach (var shingle in all)
        {
            if (count == 0 || all[count - 1] != shingle)
            {
                all[count++] = shingle;
            }
        }

        return all[..count];
    }

    /// <summary>Jaccard similarity |a ∩ b| / |a ∪ b| of two sorted sets, 0 to 1; 1 of two empty ones.</summary>
    public static double Jaccard(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        var (i, j, common) = (0, 0, 0);
        while (i < a.Length && j < b.Length)
        {
            // Without branches: which of the two is smaller can't be foretold.
            var (left, right) = (a[i], b[j]);
            common += left == right ? 1 : 0;
            i += left <= right ? 1 : 0;
            j += right <= left ? 1 : 0;
        }

        var union = a.Length + b.Length - common;
        return union == 0 ? 1 : (double)common / union;
    }

    /// <summary>
    /// A passage of the text that stands in another text too: its longest run of words of which every n-gram is among the other's.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="words">Its words.</param>
    /// <param name="shingles">Its n-grams in turn, as <see cref="Read"/> gives them.</param>
    /// <param name="size">n.</param>
    /// <param name="other">The other text's n-grams, sorted.</param>
    /// <returns>At most 200 characters; null where no n-gram is shared.</returns>
    public static string? Shared(string text, HashedWords words, List<ulong> shingles, int size, ReadOnlySpan<ulong> other)
    {
        var (best, bestLength, length) = (0, 0, 0);
        for (var i = 0; i < shingles.Count; i++)
        {
            length = other.BinarySearch(shingles[i]) >= 0 ? length + 1 : 0;
            if (length > bestLength)
            {
                (best, bestLength) = (i - length + 1, length);
            }
        }

        return bestLength == 0 ? null : Passage(text, words.Place(best).Start, words.Place(Math.Min(best + bestLength + size - 2, words.Count - 1)).End);
    }

    /// <summary>Text from start to end in one line: at most 200 characters, cut before a character that isn't whole.</summary>
    public static string Passage(string text, int start, int end)
    {
        const int longest = 200;
        var cut = Math.Min(end, start + longest);
        cut -= cut < end && cut > start && char.IsHighSurrogate(text[cut - 1]) ? 1 : 0;
        return string.Create(cut - start, text.AsSpan(start, cut - start), (line, passage) =>
        {
            for (var i = 0; i < line.Length; i++)
            {
                line[i] = char.IsWhiteSpace(passage[i]) || char.IsControl(passage[i]) ? ' ' : passage[i];
            }
        });
    }
}
