namespace Tda.Curation.Exports;

/// <summary>The README.md of a Hugging Face data set: a YAML header that <c>datasets</c> reads, and what people should know.</summary>
internal static class DatasetCard
{
    public const string FileName = "README.md";
    public const string DataFile = "data/train-00000-of-00001.parquet";

    /// <summary>Licenses by the names that the hub has for them; another one is stated as <c>other</c> with its name.</summary>
    private static readonly HashSet<string> KnownLicenses = new(StringComparer.Ordinal)
    {
        "apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-4.0",
        "cc-by-nc-sa-4.0", "odc-by", "odbl", "pddl", "gpl-2.0", "gpl-3.0", "lgpl-3.0", "agpl-3.0", "mpl-2.0", "unlicense",
    };

    public static string Text(Corpus corpus, CorpusExportOptions options, Treatment treatment, ExportTally tally)
    {
        var columns = ParquetExport.Columns(options.Mask ?? CorpusExportMask.None, new ExportRows(options, treatment, tally).HasWeights);
        var card = new StringBuilder("---\n");
        card.Append(License(tally.Licenses));
        card.Append($"pretty_name: {Quoted(corpus.Name)}\n");
        card.Append("configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n");
        if (tally.LedgerRows is not null)
        {
            card.Append($"- config_name: {LedgerExport.ConfigName}\n  data_files:\n  - split: train\n    path: {LedgerExport.FileName}\n");
        }

        card.Append(tally.LedgerRows is null ? "dataset_info:\n  features:\n" : "dataset_info:\n- config_name: default\n  features:\n");
        foreach (var column in columns)
        {
            card.Append(column.Feature);
        }

        card.Append(CultureInfo.InvariantCulture, $"  splits:\n  - name: train\n    num_examples: {tally.Rows}\n---\n\n");
        card.Append($"# {corpus.Name}\n\n");
        card.Append(CultureInfo.InvariantCulture, $"{tally.Rows} rows of {tally.Documents} documents, exported by Tda.\n\n");
        card.Append(MaskInWords(options)).Append("\n\n| source | documents |\n|---|---|\n");
        foreach ((var source, var count) in corpus.Sources)
        {
            card.Append(CultureInfo.InvariantCulture, $"| {Cell(source)} | {count} |\n");
        }

        card.Append("\n| license | documents |\n|---|---|\n");
        foreach ((var license, var count) in tally.Licenses)
        {
            card.Append(CultureInfo.InvariantCulture, $"| {(license.Length == 0 ? "not stated" : Cell(license))} | {count} |\n");
        }

        if (tally.LedgerRows is { } ledger)
        {
            card.Append(CultureInfo.InvariantCulture, $"\nWhat the curation did, and why, is in the configuration `{LedgerExport.ConfigName}` (`{LedgerExport.FileName}`): ");
            card.Append(CultureInfo.InvariantCulture, $"{ledger} rows, one for every decision on a document.\n");
        }

        card.Append("\n`manifest.json` says from which corpus and run this was made, and has the SHA-256 of every file.\n");
        return card.ToString();
    }

    private static string MaskInWords(CorpusExportOptions options) => options.Mask switch
    {
        CorpusExportMask.Cut => "What the token mask selects is cut out of the texts.",
        CorpusExportMask.Redact => $"What the token mask selects is replaced by `{options.Marker}`.",
        CorpusExportMask.Weights => "The loss of the characters of `text` from each of `masked_starts` to before its `masked_ends`, "
            + "counted in code points, is to count 0 times. `weight` is the factor of the whole document's loss.",
        CorpusExportMask.Ids => "`input_ids` are BOS, tokens and EOS; `labels` are the same, and -100 where a token carries no loss: "
            + "BOS, and what the token mask selects. `start` is the position of a row's first label in its document.",
        _ => "The texts are whole.",
    };

    private static string License(SortedDictionary<string, int> licenses) => licenses.Keys.ToList() switch
    {
        [""] or [] => "license: unknown\n",
        [var one] when KnownLicenses.Contains(one.ToLowerInvariant()) => $"license: {one.ToLowerInvariant()}\n",
        [var one] => $"license: other\nlicense_name: {Quoted(one)}\n",
        _ => "license: other\nlicense_name: several\n",
    };

    /// <summary>A YAML string in double quotes, which are JSON's.</summary>
    private static string Quoted(string text) => JsonSerializer.Serialize(text, JsonDefaults.Options);

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
