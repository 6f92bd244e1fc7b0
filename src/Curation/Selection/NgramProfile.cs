namespace Tda.Curation.Selection;

/// <summary>
/// How often texts have each word and each pair of neighbouring words, hashed into buckets (DSIR, Xie et al. 2023, 2302.03169, §3). Words are
/// runs of letters and digits in lower case, and every other visible character by itself. Adding texts in another order gives the same counts.
/// </summary>
/// <param name="buckets">How many buckets; the paper has 10,000.</param>
public sealed class NgramProfile(int buckets)
{
    private readonly long[] _counts = new long[buckets];
    private long _total;

    /// <summary>Counts a text.</summary>
    public void Add(string text)
    {
        foreach (var bucket in Buckets(text, buckets))
        {
            _counts[bucket]++;
            _total++;
        }
    }

    /// <summary>
    /// <c>log p_target(b) − log p_raw(b)</c> of every bucket, nats. One is added to every count, so that a bucket that one side lacks is
    /// unlikely and not impossible.
    /// </summary>
    public static double[] LogRatios(NgramProfile target, NgramProfile raw) =>
        [.. target._counts.Zip(raw._counts, (t, r) => target.Log(t) - raw.Log(r))];

    /// <summary>The log importance weight of a text, <c>Σ log p_target − log p_raw</c> over its words and pairs, and how many words it has.</summary>
    /// <param name="text">The text.</param>
    /// <param name="logRatios">Of <see cref="LogRatios"/>.</param>
    public static (double LogWeight, int Words) Weigh(string text, double[] logRatios)
    {
        var (sum, grams) = (0.0, 0);
        foreach (var bucket in Buckets(text, logRatios.Length))
        {
            sum += logRatios[bucket];
            grams++;
        }

        return (sum, (grams + 1) / 2); // n words have n − 1 pairs
    }

    /// <summary>A text as features of a linear model: <c>1 + ln count</c> of every bucket that it has, divided by their length.</summary>
    /// <param name="text">The text.</param>
    /// <param name="features">Where they go, one a bucket.</param>
    public static void Features(string text, Span<float> features)
    {
        features.Clear();
        foreach (var bucket in Buckets(text, features.Length))
        {
            features[bucket]++;
        }

        double squares = 0;
        foreach (ref var feature in features)
        {
            feature = feature > 0 ? 1 + MathF.Log(feature) : 0;
            squares += feature * feature;
        }

        foreach (ref var feature in features)
        {
            feature = squares > 0 ? (float)(feature / Math.Sqrt(squares)) : 0;
        }
    }

    private double Log(long count) => Math.Log((count + 1.0) / (_total + buckets));

    private static IEnumerable<int> Buckets(string text, int buckets)
    {
        ulong? previous = null;
        for (var start = 0; start < text.Length;)
        {
            if (char.IsWhiteSpace(text[start]))
            {
                start++;
                continue;
            }

            var end = start + 1;
            while (char.IsLetterOrDigit(text[start]) && end < text.Length && char.IsLetterOrDigit(text[end]))
            {
                end++;
            }

            var word = Hash(text.AsSpan(start, end - start));
            yield return (int)(word % (ulong)buckets);
            if (previous is { } before)
            {
                yield return (int)(SplitMix64.Hash(before ^ SplitMix64.Hash(word)) % (ulong)buckets);
            }

            (previous, start) = (word, end);
        }
    }

    private static ulong Hash(ReadOnlySpan<char> word)
    {
        var hash = 0xCBF29CE484222325UL; // FNV-1a
        foreach (var character in word)
        {
            hash = (hash ^ char.ToLowerInvariant(character)) * 0x100000001B3UL;
        }

        return SplitMix64.Hash(hash);
    }
}
