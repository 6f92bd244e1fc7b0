using System.Text.RegularExpressions;

namespace Tda.Labels.Classifiers;

/// <summary>
/// The features of a text: the set of its words, word pairs and character 3- and 4-grams, hashed into buckets. Case is
/// folded, numbers count as one word, and of the signs only <c>$ ! %</c> are kept, the ones that advertising lives on.
/// </summary>
internal static partial class TextFeatures
{
    /// <summary>The buckets that are hit, ascending, each once.</summary>
    public static int[] Extract(string text, int buckets)
    {
        var words = Words(text);
        var hit = new HashSet<int>();
        void Add(char kind, ReadOnlySpan<char> feature) => hit.Add((int)(Hash(kind, feature) & (uint)(buckets - 1)));

        for (var i = 0; i < words.Count; i++)
        {
            Add('w', words[i]);
            if (i > 0)
            {
                Add('b', $"{words[i - 1]} {words[i]}");
            }
        }

        var joined = $" {string.Join(' ', words)} ".AsSpan();
        for (var n = 3; n <= 4; n++)
        {
            for (var at = 0; at + n <= joined.Length; at++)
            {
                Add('c', joined.Slice(at, n));
            }
        }

        return [.. hit.Order()];
    }

    private static List<string> Words(string text) =>
        [.. Word().Matches(text).Select(word => word.Groups["number"].Success ? "0" : word.Value.ToLowerInvariant())];

    [GeneratedRegex(@"(?<number>\d+)|[\p{L}']+|[$!%]")]
    private static partial Regex Word();

    /// <summary>FNV-1a with MurmurHash3's finaliser, so that the low bits are good: part of the artifact's format.</summary>
    private static uint Hash(char kind, ReadOnlySpan<char> feature)
    {
        var hash = (2166136261u ^ kind) * 16777619u;
        foreach (var c in feature)
        {
            hash = (hash ^ c) * 16777619u;
        }

        hash = (hash ^ (hash >> 16)) * 0x85EBCA6Bu;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35u;
        return hash ^ (hash >> 16);
    }
}
