using System.Text.RegularExpressions;
using Tda.Curation.Formats;

namespace Tda.Cli.Demo.Data;

/// <summary>Reads the two packages' files: mails cleaned and without near-duplicates, speeches as one line each.</summary>
public static class RawText
{
    private static readonly string[] HamFolders = ["easy-ham-1", "easy-ham-2", "hard-ham-1"];
    private static readonly string[] SpamFolders = ["spam-1", "spam-2"];

    /// <summary>Shortest mail worth a place, in characters after cleaning.</summary>
    private const int MinimumMail = 250;

    /// <summary>Reads all mails.</summary>
    /// <param name="data">The SpamAssassin package's data folder.</param>
    /// <param name="seed">Decides which of two near-duplicates stays.</param>
    /// <param name="progress">Gets a bar.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Ham and spam, each in shuffled order.</returns>
    public static (List<string> Ham, List<string> Spam) Mails(string data, int seed, IProgressSink progress, CancellationToken cancel)
    {
        List<(string File, bool Spam)> files = [.. Files(data, HamFolders).Select(f => (f, false)), .. Files(data, SpamFolders).Select(f => (f, true))];
        new Random(seed).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(files));
        var duplicates = new NearDuplicates();
        List<string> ham = [], spam = [];
        using var task = progress.Start("reading mail", files.Count, "mails");
        for (var i = 0; i < files.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var text = Read(files[i].File);
            if (text.Length >= MinimumMail && TextChunker.Cut(text).Count > 0 && duplicates.TryAdd(text))
            {
                (files[i].Spam ? spam : ham).Add(text);
            }

            task.Report(i + 1, $"{ham.Count} ham, {spam.Count} spam");
        }
        return (ham, spam);
    }

    /// <summary>Reads all speeches, in shuffled order.</summary>
    /// <param name="data">The State of the Union package's data folder.</param>
    /// <param name="seed">Decides the order.</param>
    public static List<string> Speeches(string data, int seed)
    {
        string[] files = [.. Directory.GetFiles(data, "*.txt").Order(StringComparer.Ordinal)];
        new Random(seed).Shuffle(files);
        return [.. files.Select(file => MailCleaner.OneLine(File.ReadAllText(file, Encoding.UTF8)))];
    }

    private static IEnumerable<string> Files(string data, string[] folders) =>
        folders.SelectMany(folder => Directory.GetFiles(Path.Combine(data, folder), "*.txt")).Order(StringComparer.Ordinal);

    private static string Read(string file)
    {
        try
        {
            return MailCleaner.Clean(MailReader.Read(File.ReadAllBytes(file)).Body);
        }
        catch (MailFormatException)
        {
            return ""; // broken mails are the importer's concern; the demo takes only clean ones
        }
    }
}

/// <summary>
/// Recognises texts that repeat an earlier one, by shared runs of five words, so that no mail stands in two of the demo's
/// sets under two wordings.
/// </summary>
public sealed partial class NearDuplicates
{
    private const int Words = 5;
    private const double MaximumOverlap = .25;
    private const int MinimumRuns = 15;
    private const int Considered = 3000;

    private readonly HashSet<ulong> _seen = [];

    /// <summary>Adds a text unless it repeats earlier ones.</summary>
    /// <returns>False when more than a quarter of its five-word runs were seen before, or it has fewer than 15.</returns>
    public bool TryAdd(string text)
    {
        var runs = Runs(text.Length > Considered ? text[..Considered] : text);
        if (runs.Count < MinimumRuns || runs.Count(_seen.Contains) > MaximumOverlap * runs.Count)
        {
            return false;
        }

        _seen.UnionWith(runs);
        return true;
    }

    private static HashSet<ulong> Runs(string text)
    {
        List<string> words = [.. Word().Matches(text).Select(word => word.Value.ToLowerInvariant())];
        var runs = new HashSet<ulong>();
        for (var i = 0; i + Words <= words.Count; i++)
        {
            var hash = Hashing.Sha256(Encoding.UTF8.GetBytes(string.Join(' ', words.GetRange(i, Words))));
            runs.Add(Convert.ToUInt64(hash[..16], 16));
        }
        return runs;
    }

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();
}
