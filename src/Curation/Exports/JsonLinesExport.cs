namespace Tda.Curation.Exports;

/// <summary>A format that documents are exported in.</summary>
internal interface IExportFormat
{
    /// <summary>Writes a document, or counts why it isn't written.</summary>
    ValueTask WriteAsync(TreatedDocument document, CancellationToken cancellation);

    /// <summary>Writes what is still held back.</summary>
    ValueTask FinishAsync();
}

/// <summary>JSON Lines: one row a line.</summary>
internal sealed class JsonLinesExport(Stream stream, ExportRows rows) : IExportFormat
{
    public ValueTask WriteAsync(TreatedDocument document, CancellationToken cancellation)
    {
        foreach (var row in rows.Of(document))
        {
            stream.Write(JsonSerializer.SerializeToUtf8Bytes(row, JsonDefaults.Options));
            stream.WriteByte((byte)'\n');
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask FinishAsync() => ValueTask.CompletedTask;
}
