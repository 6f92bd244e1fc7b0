namespace Tda.Curation.Exports;

/// <summary>Documents as one Apache Parquet file (<see cref="ParquetTable{T}"/>).</summary>
internal sealed class ParquetExport(Stream stream, ExportRows rows) : IExportFormat
{
    private const int GroupRows = 1000;

    private readonly ParquetTable<ExportRow> _table = new(stream, Columns(rows.Mask, rows.HasWeights), GroupRows);

    /// <summary>The columns of a file.</summary>
    /// <param name="mask">What becomes of the mask.</param>
    /// <param name="weights">Whether rows have a weight.</param>
    public static IReadOnlyList<ExportColumn<ExportRow>> Columns(CorpusExportMask mask, bool weights)
    {
        ExportColumn<ExportRow>[] own = mask == CorpusExportMask.Ids
            ?
            [
                ExportColumn<ExportRow>.Numbers("start", row => row.Start!.Value),
                ExportColumn<ExportRow>.Lists("input_ids", row => row.InputIds!),
                ExportColumn<ExportRow>.Lists("labels", row => row.Labels!),
            ]
            :
            [
                ExportColumn<ExportRow>.Texts("text", row => row.Text),
                ExportColumn<ExportRow>.Texts("license", row => row.License),
                ExportColumn<ExportRow>.Texts("owner", row => row.Owner),
                ExportColumn<ExportRow>.Texts("meta", row => row.Meta?.ToJsonString(JsonDefaults.Options)),
            ];
        return
        [
            ExportColumn<ExportRow>.Texts("id", row => row.Id),
            ExportColumn<ExportRow>.Texts("source", row => row.Source),
            .. own,
            .. weights ? [ExportColumn<ExportRow>.Numbers("weight", row => row.Weight!.Value)] : Array.Empty<ExportColumn<ExportRow>>(),
            .. mask == CorpusExportMask.Weights
                ?
                [
                    ExportColumn<ExportRow>.Lists("masked_starts", row => row.MaskedStarts!),
                    ExportColumn<ExportRow>.Lists("masked_ends", row => row.MaskedEnds!),
                ]
                : Array.Empty<ExportColumn<ExportRow>>(),
        ];
    }

    public async ValueTask WriteAsync(TreatedDocument document, CancellationToken cancellation)
    {
        foreach (var row in rows.Of(document))
        {
            await _table.WriteAsync(row, (row.Text?.Length ?? 0) + (row.InputIds?.Length ?? 0));
        }
    }

    public ValueTask FinishAsync() => _table.FinishAsync();
}
