using System.Text.RegularExpressions;

namespace Tda.Curation.Tests.Filters;

/// <summary>The papers' quantities, straight from their definitions: strings, lists and regular expressions, as slow as need be.</summary>
internal static class SlowFilters
{
    public static string[] Runs(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    public static string[] Words(string text) => [.. Runs(text).Select(Core).Where(word => word.Length > 0)];

    public static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];

    public static string[] Paragraphs(string text) =>
        [.. Regex.Split(string.Join('\n', text.Split('\n').Select(line => line.Trim().Length == 0 ? "" : line)), "\n{2,}").Select(part => part.Trim()).Where(part => part.Length > 0)];

    /// <summary>Gopher's quality rules in the filter's order: the first that fails, with what was measured.</summary>
    public static (string Reason, double Value)? GopherQuality(string text)
    {
        var (runs, words, lines) = (Runs(text), Words(text), Lines(text));
        string[] stops = ["the", "be", "to", "of", "and", "that", "have", "with"];
        if (words.Length is < 50 or > 100_000)
        {
            return (words.Length < 50 ? "too_few_words" : "too_many_words", words.Length);
        }

        var rules = new (string Reason, double Value, bool Fails)[]
        {
            Rule("short_words", words.Average(word => word.Length), value => value < 3),
            Rule("long_words", words.Average(word => word.Length), value => value > 10),
            Rule("hash_symbols", (double)text.Count(c => c == '#') / words.Length, value => value > .1),
            Rule("ellipses", (double)Regex.Count(text, @"\.\.\.|…") / words.Length, value => value > .1),
            Rule("bullet_lines", Share(lines, line => "•‣◦▪●-*·–".Contains(line[0], StringComparison.Ordinal)), value => value > .9),
            Rule("ellipsis_lines", Share(lines, line => line.EndsWith("...", StringComparison.Ordinal) || line.EndsWith('…')), value => value > .3),
            Rule("few_alphabetic_words", Share(runs, run => run.EnumerateRunes().Any(Rune.IsLetter)), value => value < .8),
            Rule("too_few_stop_words", stops.Count(stop => words.Any(word => word.Equals(stop, StringComparison.OrdinalIgnoreCase))), value => value < 2),
        };
        return rules.Where(rule => rule.Fails).Select(rule => ((string, double)?)(rule.Reason, rule.Value)).FirstOrDefault();

        static (string Reason, double Value, bool Fails) Rule(string reason, double value, Func<double, bool> fails) => (reason, value, fails(value));
    }

    /// <summary>Gopher's shares of repetition, in the order of the filter's rules.</summary>
    public static Dictionary<string, double> GopherRepetition(string text)
    {
        var shares = new Dictionary<string, double>();
        foreach (var (name, pieces) in new[] { ("line", Lines(text)), ("paragraph", Paragraphs(text)) })
        {
            var repeated = pieces.Where((piece, i) => pieces[..i].Contains(piece)).ToList();
            shares[$"duplicate_{name}s"] = pieces.Length == 0 ? 0 : (double)repeated.Count / pieces.Length;
            shares[$"duplicate_{name}_characters"] = pieces.Length == 0 ? 0 : (double)repeated.Sum(piece => piece.Length) / pieces.Sum(piece => piece.Length);
        }

        var words = Runs(text);
        for (var n = 2; n <= 4; n++)
        {
            var grams = Grams(words, n);
            var top = grams.Select((gram, i) => (gram, i)).GroupBy(one => one.gram).Where(group => group.Count() > 1)
                .OrderByDescending(group => group.Count()).ThenByDescending(group => group.Key.Length).ThenBy(group => group.First().i).FirstOrDefault();
            shares[$"top_{n}_gram"] = top is null ? 0 : Covered(words, n, top.Select(one => one.i));
        }

        for (var n = 5; n <= 10; n++)
        {
            var grams = Grams(words, n);
            shares[$"duplicate_{n}_grams"] = Covered(words, n, Enumerable.Range(0, grams.Length).Where(i => grams[..i].Contains(grams[i])));
        }

        return shares;
    }

    /// <summary>The share of lines that end as sentences do, of short lines, and of characters in lines that repeat earlier ones.</summary>
    public static (double Ended, double Repeated, double Short) FineWeb(string[] lines) => (
        Share(lines, EndsSentence),
        lines.Length == 0 ? 0 : (double)lines.Where((line, i) => lines[..i].Contains(line)).Sum(line => line.Length) / lines.Sum(line => line.Length),
        Share(lines, line => line.Length < 30));

    /// <summary>The sentences and the share of characters in the lines that C4 keeps.</summary>
    public static (int Sentences, double Kept) C4(string[] lines)
    {
        var kept = lines.Where(line => EndsSentence(line) && Runs(line).Length >= 5
            && !Regex.IsMatch(line, "javascript|terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies", RegexOptions.IgnoreCase)).ToList();
        return (kept.Sum(line => Runs(line).Count(EndsSentence)), lines.Length == 0 ? 0 : (double)kept.Sum(line => line.Length) / lines.Sum(line => line.Length));
    }

    private static bool EndsSentence(string line) => ".!?…。！？।؟۔。」』\"'”’»".Contains(line[^1], StringComparison.Ordinal);

    private static string Core(string run) => Regex.Replace(Regex.Replace(run, @"^[^\p{L}\p{Nd}\p{Cs}]+", ""), @"[^\p{L}\p{Nd}\p{Cs}]+$", "");

    private static string[] Grams(string[] words, int n) =>
        [.. Enumerable.Range(0, Math.Max(0, words.Length - n + 1)).Select(i => string.Join('\n', words[i..(i + n)]))];

    private static double Covered(string[] words, int n, IEnumerable<int> starts)
    {
        var covered = starts.SelectMany(start => Enumerable.Range(start, n)).ToHashSet();
        return words.Length == 0 ? 0 : (double)covered.Sum(i => words[i].Length) / words.Sum(word => word.Length);
    }

    private static double Share<T>(T[] all, Func<T, bool> holds) => all.Length == 0 ? 0 : (double)all.Count(holds) / all.Length;
}
