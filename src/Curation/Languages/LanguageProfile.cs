using System.IO.Compression;

namespace Tda.Curation.Languages;

/// <summary>How often a language, in one script, has its most frequent runs of letters: all that is kept of the texts that they were counted in.</summary>
/// <param name="Language">ISO 639-1 code.</param>
/// <param name="Totals">Runs of one, two and three characters that were counted, also those that aren't kept.</param>
/// <param name="Counts">The most frequent runs (<see cref="LanguageGrams"/>).</param>
public sealed record LanguageProfile(string Language, IReadOnlyList<long> Totals, IReadOnlyDictionary<string, int> Counts)
{
    /// <summary>Runs that a profile keeps. More of so little text made held-out texts no surer.</summary>
    public const int Kept = 1000;

    private const string Header = "tda.languages 1";

    /// <summary>Counts texts of one language.</summary>
    /// <param name="language">ISO 639-1 code.</param>
    /// <param name="texts">The texts, in one script.</param>
    /// <exception cref="ArgumentException">They have no letters.</exception>
    public static LanguageProfile Of(string language, IReadOnlyCollection<string> texts)
    {
        var (script, _) = LanguageGrams.MainScript(string.Join('\n', texts));
        if (script == Script.None)
        {
            throw new ArgumentException($"The texts of {language} have no letters of a known script.", nameof(texts));
        }

        var counts = new Dictionary<ulong, int>();
        var totals = new long[LanguageGrams.Longest];
        foreach (var text in texts)
        {
            LanguageGrams.Each(LanguageGrams.Letters(text, script), (n, run) =>
            {
                totals[n - 1]++;
                counts[run] = counts.GetValueOrDefault(run) + 1;
            });
        }

        var kept = counts.OrderByDescending(run => run.Value).ThenBy(run => run.Key).Take(Kept);
        return new(language, totals, kept.ToDictionary(run => LanguageGrams.Unpack(run.Key), run => run.Value));
    }

    /// <summary>Writes profiles: lines of language, totals, and each run with its count, between tabs; compressed.</summary>
    public static void Write(string path, IEnumerable<LanguageProfile> profiles)
    {
        using var file = new AtomicFileWriter(path);
        using (var zip = new GZipStream(file.Stream, CompressionLevel.SmallestSize, leaveOpen: true))
        using (var writer = new StreamWriter(zip, new UTF8Encoding(false)))
        {
            writer.Write(Header + "\n");
            foreach (var profile in profiles.OrderBy(one => one.Language, StringComparer.Ordinal))
            {
                var runs = profile.Counts.OrderByDescending(run => run.Value).ThenBy(run => run.Key, StringComparer.Ordinal).Select(run => FormattableString.Invariant($"{run.Key}\t{run.Value}"));
                writer.Write($"{profile.Language}\t{string.Join('\t', profile.Totals)}\t{string.Join('\t', runs)}\n");
            }
        }

        file.Commit();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static IReadOnlyList<LanguageProfile> Read(Stream stream)
    {
        using var reader = new StreamReader(new GZipStream(stream, CompressionMode.Decompress), new UTF8Encoding(false, throwOnInvalidBytes: true));
        if (reader.ReadLine() != Header)
        {
            throw new InvalidDataException($"the first line isn't '{Header}'");
        }

        var profiles = new List<LanguageProfile>();
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split('\t');
            var counts = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 1 + LanguageGrams.Longest; i + 1 < parts.Length; i += 2)
            {
                counts[parts[i]] = int.Parse(parts[i + 1], CultureInfo.InvariantCulture);
            }

            profiles.Add(new(parts[0], [.. parts[1..(1 + LanguageGrams.Longest)].Select(total => long.Parse(total, CultureInfo.InvariantCulture))], counts));
        }

        return profiles;
    }
}
