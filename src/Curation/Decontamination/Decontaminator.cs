using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Decontamination;

/// <summary>
/// Leaves out, or reports, documents that hold parts of a benchmark: that share n-grams of words with one of its items (Brown et al. 2020,
/// appendix C: 13 words). The ledger shows the item's file and line, and the words.
/// </summary>
public sealed class Decontaminator(DecontaminationOptions options) : ICurationStage
{
    public static StageKind Kind { get; } = new(
        "decontaminate", "Leaves out, or reports, what holds parts of benchmarks.",
        "benchmarks [], fields [] (the text), ngram 13, min_words 8, hits 1, share 0, action drop|report",
        (options, _) => new Decontaminator(DecontaminationOptions.Read(options)));

    public string Rule { get; } = FormattableString.Invariant(
        $"decontaminate: {(options.Report ? "report" : "drop")} at {options.Hits} n-grams of {options.Ngram} words and {options.Share} of an item's, of {string.Join(", ", options.Benchmarks.Select(Path.GetFileName))}{(options.Fields.Count > 0 ? $" ({string.Join(", ", options.Fields)})" : "")}, items of ≥ {options.MinWords} words");

    public IReadOnlyDictionary<string, string> Inputs => options.Benchmarks.SelectMany(FilesOf)
        .ToDictionary(file => file.Name, file => Hashing.Sha256File(file.Path), StringComparer.Ordinal);

    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        var benchmark = BenchmarkNgrams.Read(options.Benchmarks, options.Fields, options.Ngram, options.MinWords, context.Cancellation);
        context.Progress.Message(
            $"{benchmark.Items.Count:N0} benchmark items{(benchmark.TooShort > 0 ? $"; {benchmark.TooShort:N0} of too few words are left out" : "")}");
        foreach (var document in documents.Pass(context, "decontaminate"))
        {
            if (Judge(document, benchmark) is { } decision)
            {
                yield return decision;
            }
        }
    }

    /// <summary>By the item of which the document has the greatest share; of equal ones by the one with more n-grams, then by the first.</summary>
    private Decision? Judge(Document document, BenchmarkNgrams benchmark)
    {
        var hit = benchmark.Hits(document.Text).Where(one => one.Ngrams >= Math.Min(options.Hits, one.Item.Ngrams) && one.Share >= options.Share)
            .OrderByDescending(one => one.Share).ThenByDescending(one => one.Ngrams).FirstOrDefault();
        return hit is null ? null : new Decision(document.Id, options.Report ? CurationAction.Keep : CurationAction.Drop, Rule)
        {
            Reason = "benchmark",
            Value = options.Share > 0 ? hit.Share : hit.Ngrams,
            Threshold = options.Share > 0 ? options.Share : options.Hits,
            Evidence = Evidence.Of($"{hit.Item.Where}: {document.Text[hit.Start..hit.End]}"),
        };
    }

    private static IEnumerable<(string Name, string Path)> FilesOf(string path) => File.Exists(path)
        ? [(Path.GetFileName(path), path)]
        : Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => ($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}/{Path.GetRelativePath(path, file)}", file));
}

/// <summary>What <see cref="Decontaminator"/> looks for.</summary>
public sealed record DecontaminationOptions
{
    /// <summary>Files, or folders of files, that can be imported: JSON Lines, JSON, CSV, text.</summary>
    public required IReadOnlyList<string> Benchmarks { get; init; }

    /// <summary>Fields of a record that make an item, joined. Default: its text.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Words of an n-gram, 5 to 100. Default 13.</summary>
    public int Ngram { get; init; } = 13;

    /// <summary>Items of fewer words are left out, at least 3; those of fewer than an n-gram are looked for as a whole. Default 8.</summary>
    public int MinWords { get; init; } = 8;

    /// <summary>How many different n-grams of an item a document must have, or all where the item has fewer; at least 1. Default 1.</summary>
    public int Hits { get; init; } = 1;

    /// <summary>What share of an item's n-grams it must have, 0 to 1. Default 0.</summary>
    public double Share { get; init; }

    /// <summary>Whether the documents stay and the ledger tells what they hold. Default: they go.</summary>
    public bool Report { get; init; }

    internal static DecontaminationOptions Read(StageOptions options)
    {
        var benchmarks = options.Paths("benchmarks");
        if (benchmarks.Count == 0)
        {
            options.Fail("benchmarks", "give at least one file");
        }

        return new()
        {
            Benchmarks = benchmarks,
            Fields = options.Texts("fields"),
            Ngram = options.Count("ngram", 13, min: 5, max: 100),
            MinWords = options.Count("min_words", 8, min: 3),
            Hits = options.Count("hits", 1, min: 1),
            Share = options.Number("share", 0, min: 0, max: 1),
            Report = options.Choice("action", Filters.HitAction.Drop) == Filters.HitAction.Report,
        };
    }
}
