using System.Text.RegularExpressions;

namespace Tda.Curation.Tests.Deduplication;

/// <summary>The slow reference: every document against every kept one, by sets of strings.</summary>
internal static partial class NaiveDuplicates
{
    /// <summary>Similarity and twin of each dropped document; those of the same words share the twin of the first of them.</summary>
    public static Dictionary<string, (string Twin, double Similarity)> Near(
        IReadOnlyCollection<Document> documents, double threshold, int words, IEnumerable<string>? prefer = null)
    {
        string[] preferred = [.. prefer ?? []];
        var order = documents
            .OrderBy(document => Array.IndexOf(preferred, document.Source) is >= 0 and var place ? place : preferred.Length)
            .ThenByDescending(document => document.Text.Length)
            .ThenBy(document => document.Id, StringComparer.Ordinal);
        var kept = new List<(string Id, HashSet<string> Set)>();
        var dropped = new Dictionary<string, (string, double)>();
        var firsts = new Dictionary<string, string>(); // id by words
        foreach (var document in order)
        {
            var text = string.Join(' ', Words(document.Text));
            if (text.Length > 0 && !firsts.TryAdd(text, document.Id))
            {
                dropped.Add(document.Id, dropped.TryGetValue(firsts[text], out var twin) ? twin : (firsts[text], 1));
                continue;
            }

            var set = Set(document.Text, words);
            var best = kept.Where(_ => set.Count > 0).Select(one => (one.Id, Similarity: Jaccard(set, one.Set))).Append(("", -1)).MaxBy(one => one.Item2);
            if (best.Item2 >= threshold)
            {
                dropped.Add(document.Id, best);
            }
            else
            {
                kept.Add((document.Id, set));
            }
        }

        return dropped;
    }

    /// <summary>Word n-grams as strings.</summary>
    public static HashSet<string> Set(string text, int size)
    {
        var words = Words(text);
        return words.Count == 0 ? [] : words.Count < size ? [string.Join(' ', words)]
            : [.. Enumerable.Range(0, words.Count - size + 1).Select(i => string.Join(' ', words.Skip(i).Take(size)))];
    }

    public static double Jaccard(HashSet<string> a, HashSet<string> b)
    {
        var common = a.Count(b.Contains);
        return (double)common / (a.Count + b.Count - common);
    }

    public static List<string> Words(string text) => [.. Word().Matches(text).Select(match => match.Value.ToUpperInvariant())];

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+")]
    private static partial Regex Word();
}
