using Tda.Core.Artifacts;
using Tda.Core.Errors;
using Tda.Core.Json;
using Tda.Core.Progress;

namespace Tda.Core.Store;

/// <summary>Writes exchanges, bodies and all, to a JSON Lines file.</summary>
public static class ExchangeExporter
{
    /// <summary>
    /// Exports what the filter selects, oldest first. The file appears only when it is complete; a name that ends in
    /// <c>.gz</c> is compressed. Exchanges recorded meanwhile may or may not be in it.
    /// </summary>
    /// <exception cref="TdaException">The file can't be written or the log can't be read.</exception>
    public static async Task<ExchangeExport> ExportAsync(
        IExchangeStore store,
        ExchangeFilter filter,
        string path,
        IProgressSink? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(filter);
        var total = (await store.CountAsync(filter, cancellationToken)).Total;
        using var task = (progress ?? NullProgress.Instance).Start("Exporting exchanges", total, "exchanges");
        using var writer = JsonLines.Writer(path);
        await foreach (var exchange in store.ReadAsync(filter with { OldestFirst = true }, cancellationToken))
        {
            writer.Write(exchange);
            task.Report(writer.Count);
        }

        writer.Commit();
        return new(Path.GetFullPath(path), writer.Count, Hashing.Sha256File(path));
    }
}
