using System.Text.RegularExpressions;
using Tda.Curation.Formats;
using Tda.Pipeline.Tests.Demo;

namespace Tda.Pipeline.Tests.Duplicates;

/// <summary>
/// Real mails as they came, with the near-duplicates that they have, and edits of them: words dropped, swapped or put in at rates from 0 to 5 %.
/// All similarities are counted by brute force, over sets of strings.
/// </summary>
internal sealed partial class PlantedMails
{
    private const int Grams = 5;
    private const int FewestWords = 30;

    private PlantedMails(IReadOnlyList<Document> documents)
    {
        Documents = documents;
        Pairs = CountPairs(documents);
    }

    public IReadOnlyList<Document> Documents { get; }

    /// <summary>Jaccard similarity of every pair (smaller place first) that has a 5-gram in common.</summary>
    public IReadOnlyDictionary<(int, int), double> Pairs { get; }

    /// <summary>Reads the mails, an edit for each of <paramref name="planted"/> of them.</summary>
    public static async Task<PlantedMails> ReadAsync(int planted)
    {
        var folder = await NpmPackages.MailsAsync();
        var random = SplitMix64.Of(3, "planted");
        var texts = Directory.GetFiles(folder, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Read)
            .Where(text => Word().Count(text) >= FewestWords).Distinct().ToList();
        var edits = random.Permutation(texts.Count).Take(planted).Select(i => Edit(texts[i], .05 * random.NextDouble(), random)).ToList();
        return new PlantedMails([.. texts.Concat(edits).Distinct().Select((text, i) => new Document(FormattableString.Invariant($"mail-{i:00000}"), "mail", text))]);
    }

    private static string Read(string file)
    {
        try
        {
            return MailReader.Read(File.ReadAllBytes(file)).Body;
        }
        catch (MailFormatException)
        {
            return "";
        }
    }

    private static string Edit(string text, double rate, SplitMix64 random)
    {
        var words = Word().Matches(text).Select(match => match.Value).ToList();
        for (var i = words.Count - 1; i >= 0; i--)
        {
            if (random.NextDouble() >= rate)
            {
                continue;
            }

            switch (random.NextInt(3))
            {
                case 0:
                    words.RemoveAt(i);
                    break;
                case 1:
                    words[i] = words[random.NextInt(words.Count)];
                    break;
                default:
                    words.Insert(i, words[random.NextInt(words.Count)]);
                    break;
            }
        }

        return string.Join(' ', words);
    }

    private static Dictionary<(int, int), double> CountPairs(IReadOnlyList<Document> documents)
    {
        var sizes = new int[documents.Count];
        var holders = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < documents.Count; i++)
        {
            var words = Word().Matches(documents[i].Text).Select(match => match.Value.ToUpperInvariant()).ToList();
            var set = Enumerable.Range(0, words.Count - Grams + 1).Select(at => string.Join(' ', words.GetRange(at, Grams))).ToHashSet();
            sizes[i] = set.Count;
            foreach (var gram in set)
            {
                holders.TryAdd(gram, []);
                holders[gram].Add(i);
            }
        }

        var common = new Dictionary<(int, int), int>();
        foreach (var places in holders.Values)
        {
            for (var b = 1; b < places.Count; b++)
            {
                for (var a = 0; a < b; a++)
                {
                    common[(places[a], places[b])] = common.GetValueOrDefault((places[a], places[b])) + 1;
                }
            }
        }

        return common.ToDictionary(pair => pair.Key, pair => (double)pair.Value / (sizes[pair.Key.Item1] + sizes[pair.Key.Item2] - pair.Value));
    }

    // A Chinese or Japanese character is a word by itself.
    [GeneratedRegex(@"(?=\p{Lo})[\u3040-\u30FF\u3400-\u9FFF\uF900-\uFAFF]|((?!(?=\p{Lo})[\u3040-\u30FF\u3400-\u9FFF\uF900-\uFAFF])[\p{L}\p{M}\p{N}])+")]
    private static partial Regex Word();
}
