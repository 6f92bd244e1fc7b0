using System.Numerics;
using System.Text.RegularExpressions;

namespace Tda.ProxyTrainer.Drift;

/// <summary>
/// Random Fourier features (Rahimi and Recht 2007) of a text's n-grams: <c>φ(x) = √(2/D) cos(Ωx + b)</c> with Ω from N(0, 1), so that
/// <c>φ(x)ᵀφ(y)</c> estimates the Gaussian kernel <c>exp(−‖x − y‖²/2)</c> of two texts. A function of the text and the seed alone: nothing of
/// it is fitted to data, as a test of exchangeability needs it.
/// </summary>
/// <remarks>
/// x has length 1. Its parts are words, pairs of words and runs of three characters, hashed into <see cref="Buckets"/> coordinates and each
/// weighed by the root of its count, and the text's length in steps of √2: without that, an upstream that only grew terser would look the same.
/// </remarks>
public sealed partial class FourierFeatures
{
    private const int Buckets = 4096;
    private const float LengthShare = .1f; // of ‖x‖²
    private const int LongestText = 4000;

    private readonly float[] _frequencies; // Ω as (Buckets, D)
    private readonly float[] _phases;

    /// <param name="seed">Of Ω and b.</param>
    /// <param name="count">D, a multiple of 16; default 512.</param>
    public FourierFeatures(long seed, int count = 512)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 16);
        ArgumentOutOfRangeException.ThrowIfNotEqual(count % 16, 0, nameof(count));
        Count = count;
        var random = SplitMix64.Of(seed, "fourier features");
        _frequencies = random.Normals((long)Buckets * count, 1);
        _phases = [.. Enumerable.Range(0, count).Select(_ => (float)(2 * Math.PI * random.NextDouble()))];
    }

    /// <summary>D.</summary>
    public int Count { get; }

    /// <summary>φ of a text, (D). Of a long one its first 4,000 characters are read.</summary>
    public float[] Of(string text)
    {
        var sums = (float[])_phases.Clone();
        foreach (var (bucket, value) in Grams(text.Length > LongestText ? text[..LongestText] : text, text.Length))
        {
            var row = _frequencies.AsSpan(bucket * Count, Count);
            var scale = new Vector<float>(value);
            for (var i = 0; i < Count; i += Vector<float>.Count)
            {
                (new Vector<float>(sums, i) + (scale * new Vector<float>(row[i..]))).CopyTo(sums, i);
            }
        }

        var amplitude = MathF.Sqrt(2f / Count);
        for (var i = 0; i < Count; i++)
        {
            sums[i] = amplitude * MathF.Cos(sums[i]);
        }

        return sums;
    }

    /// <summary>x without its zeros, in the order of the coordinates.</summary>
    internal static IEnumerable<(int Bucket, float Value)> Grams(string text, int length)
    {
        var counts = new SortedDictionary<int, int>();
        string? last = null;
        foreach (Match match in Words().Matches(text))
        {
            var word = match.Value.ToLowerInvariant();
            Count(word);
            Count($"{last} {word}");
            last = word;
        }

        for (var i = 0; i + 3 <= text.Length; i++)
        {
            Count($"c{text.AsSpan(i, 3)}");
        }

        var ofLength = Bucket($"length {(int)(2 * Math.Log2(length + 1))}");
        var scale = counts.Count == 0 ? 0 : MathF.Sqrt((1 - LengthShare) / counts.Values.Sum());
        return counts.Select(gram => (gram.Key, scale * MathF.Sqrt(gram.Value))).Append((ofLength, MathF.Sqrt(LengthShare)));

        void Count(string gram) => counts[Bucket(gram)] = counts.GetValueOrDefault(Bucket(gram)) + 1;
    }

    private static int Bucket(string gram)
    {
        var hash = 0xCBF29CE484222325; // FNV-1a over UTF-16
        foreach (var c in gram)
        {
            hash = (hash ^ c) * 0x100000001B3;
        }

        return (int)(SplitMix64.Hash(hash) % Buckets);
    }

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}\s]+")]
    private static partial Regex Words();
}
