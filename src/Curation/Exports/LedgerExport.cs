namespace Tda.Curation.Exports;

/// <summary>A curated corpus's ledger as a table: a row for every decision on a document.</summary>
internal static class LedgerExport
{
    /// <summary>Its name in a data set's folder, and that of the configuration there.</summary>
    public const string FileName = "ledger.parquet";

    /// <summary>The configuration of a data set's folder that holds it.</summary>
    public const string ConfigName = "ledger";

    private const int GroupRows = 20_000;

    public static IReadOnlyList<ExportColumn<LedgerEntry>> Columns { get; } =
    [
        ExportColumn<LedgerEntry>.Texts("id", entry => entry.Id),
        ExportColumn<LedgerEntry>.Texts("action", entry => entry.Action),
        ExportColumn<LedgerEntry>.Texts("rule", entry => entry.Rule),
        ExportColumn<LedgerEntry>.Texts("version", entry => entry.Version),
        ExportColumn<LedgerEntry>.Optional("stage", entry => entry.Stage),
        ExportColumn<LedgerEntry>.Texts("kind", entry => entry.Kind),
        ExportColumn<LedgerEntry>.Optional("value", entry => entry.Value),
        ExportColumn<LedgerEntry>.Optional("threshold", entry => entry.Threshold),
        ExportColumn<LedgerEntry>.Texts("reason", entry => entry.Reason),
        ExportColumn<LedgerEntry>.Texts("twin", entry => entry.Twin),
        ExportColumn<LedgerEntry>.Texts("evidence", entry => entry.Evidence),
        ExportColumn<LedgerEntry>.Texts("override", entry => entry.Override),
    ];

    /// <summary>Writes the ledger and gives its number of rows.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="format">Parquet, or JSON Lines.</param>
    /// <param name="cancellation">Stops between rows.</param>
    public static async Task<long> WriteAsync(Corpus corpus, Stream stream, CorpusExportFormat format, CancellationToken cancellation)
    {
        long rows = 0;
        await using var table = format == CorpusExportFormat.Jsonl ? null : new ParquetTable<LedgerEntry>(stream, Columns, GroupRows);
        foreach (var entry in corpus.Ledger())
        {
            cancellation.ThrowIfCancellationRequested();
            rows++;
            if (table is not null)
            {
                await table.WriteAsync(entry);
            }
            else
            {
                stream.Write(JsonSerializer.SerializeToUtf8Bytes(entry, JsonDefaults.Options));
                stream.WriteByte((byte)'\n');
            }
        }

        if (table is not null)
        {
            await table.FinishAsync();
        }

        return rows;
    }
}
