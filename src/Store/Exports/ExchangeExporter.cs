using System.Text.Json.Nodes;
using Tda.Store.Verification;

namespace Tda.Store.Exports;

/// <summary>Writes exchanges, bodies and all, to a JSON Lines file with a manifest beside it.</summary>
public static class ExchangeExporter
{
    // A stretch ends early when its exchanges are large, so that it fits into memory.
    private const long StretchBytes = 8 << 20;

    private const string Redaction =
        "As in the log: headers that carry secrets are masked, and in bodies whatever the gateway's redaction found.";

    /// <summary>
    /// Exports what the filter selects, oldest first. The file appears only when it is complete; a name that ends in
    /// <c>.gz</c> is compressed. What is recorded after the start is not in it. Run again after an interruption it goes on
    /// where it was, and the file becomes the same as in one go.
    /// </summary>
    /// <exception cref="UsageException">The unfinished export at this path had another filter or split.</exception>
    /// <exception cref="TdaException">The file can't be written or the log can't be read.</exception>
    public static async Task<ExchangeExport> ExportAsync(
        IExchangeStore store,
        ExchangeFilter filter,
        string path,
        ExportOptions? options = null,
        IProgressSink? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CheckpointEvery, 1);

        // 1. Where an earlier run was, or the beginning.
        path = Path.GetFullPath(path);
        var part = ExportFile.PartOf(path);
        filter = filter with { OldestFirst = true, After = null, Limit = null };
        var described = ExportState.Describe(filter);
        options.Split?.Describe(described);
        var state = ExportState.Find(part, described, store.Location)
            ?? new()
            {
                Filter = described,
                Store = store.Location,
                Until = await LastPlaceAsync(store, filter, cancellationToken),
            };
        var resumed = state.Exchanges;
        var total = (await store.CountAsync(filter, cancellationToken)).Total;
        using var task = (progress ?? NullProgress.Instance).Start("Exporting exchanges", total, "exchanges");

        // 2. The exchanges, in stretches after each of which it can go on.
        using var file = new ExportFile(path, state.Bytes);
        var (stretch, bytes) = (0, 0L);
        var after = state.Place is { } place ? new ExchangeCursor(place) : (ExchangeCursor?)null;
        await foreach (var (cursor, exchange) in store.ReadPlacedAsync(filter with { After = after }, cancellationToken))
        {
            if (cursor.Place > state.Until)
            {
                break;
            }

            state = state with { Place = cursor.Place, Seen = state.Seen + 1 };
            if (options.Split?.Takes(exchange) != false)
            {
                file.Write(exchange);
                state = state with
                {
                    Exchanges = state.Exchanges + 1,
                    Redactions = state.Redactions + exchange.RequestBody.Redactions + exchange.ResponseBody.Redactions,
                    FirstId = state.FirstId ?? exchange.Id,
                    LastId = exchange.Id,
                };
            }

            bytes += exchange.RequestBody.KeptBytes + exchange.ResponseBody.KeptBytes;
            if (++stretch == options.CheckpointEvery || bytes >= StretchBytes)
            {
                file.Checkpoint();
                state = state with { Bytes = file.Length };
                state.Save(part);
                (stretch, bytes) = (0, 0);
                task.Report(state.Seen);
            }
        }

        // 3. The manifest before the file gets its name: there is never a finished file without one.
        file.Checkpoint();
        state = state with { Bytes = file.Length };
        var manifest = await ManifestAsync(store, path, state, file.Sha256(), options, cancellationToken);
        ExportManifests.Write(path, manifest);
        file.Commit();
        File.Delete(part + ExportState.Suffix);
        await store.AuditAsync(
            new()
            {
                At = options.Time.GetUtcNow(),
                Actor = options.By,
                Action = "export",
                Subject = path,
                Detail = string.Create(CultureInfo.InvariantCulture, $"{state.Exchanges} exchanges, sha256 {manifest.Sha256}"),
            },
            cancellationToken);
        return new(path, state.Exchanges, manifest.Sha256, ExportManifests.PathOf(path), resumed);
    }

    private static async Task<long> LastPlaceAsync(IExchangeStore store, ExchangeFilter filter, CancellationToken cancellationToken)
    {
        var last = await store.ListAsync(filter with { OldestFirst = false, Limit = 1 }, cancellationToken).FirstOrDefaultAsync(cancellationToken);
        return last?.Cursor.Place ?? -1;
    }

    private static async Task<ExportManifest> ManifestAsync(
        IExchangeStore store, string path, ExportState state, string sha256, ExportOptions options, CancellationToken cancellationToken) => new()
        {
            ProgramVersion = Manifest.CurrentProgramVersion,
            CreatedAt = options.Time.GetUtcNow(),
            Store = store.Location,
            Filter = state.Filter,
            File = Path.GetFileName(path),
            Exchanges = state.Exchanges,
            Bytes = state.Bytes,
            Sha256 = sha256,
            FirstId = state.FirstId,
            LastId = state.LastId,
            Redaction = Redaction,
            Redactions = state.Redactions,
            Heads = [.. (await store.SessionsAsync(cancellationToken)).Where(session => session.ChainHead is not null)
                .Select(session => new ChainHead(session.Id, session.Spooled, session.ChainHead!))],
        };
}

/// <summary>How an export runs.</summary>
public sealed record ExportOptions
{
    /// <summary>Who asked for it, for the audit.</summary>
    public string By { get; init; } = Environment.UserName;

    /// <summary>The clock. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Only one side of the split for distillation; null (default): everything that the filter selects.</summary>
    public ExportSplit? Split { get; init; }

    /// <summary>
    /// Exchanges after which the file is synced and an interrupted export can go on. Default 1000, at least 1; a resumed run must
    /// use the same.
    /// </summary>
    public int CheckpointEvery { get; init; } = 1000;
}

/// <summary>
/// One side of a log as distillation splits it: the exchanges that <see cref="DistillationRule"/> takes, by the hash of their
/// prompt.
/// </summary>
/// <param name="Side">Which side.</param>
/// <param name="HeldOut">The share of the prompts that is held out, 0 to 1.</param>
public sealed record ExportSplit(SplitSide Side, double HeldOut)
{
    private static readonly DistillationRule Rule = new();

    /// <summary>Whether an exchange is on this side: nobody keeps it back, it has an answer, and its prompt falls here.</summary>
    public bool Takes(Exchange exchange) =>
        Rule.LeavesOut(exchange) is null && ExchangeSplit.IsHeldOut(exchange.Prompt!, HeldOut) == (Side == SplitSide.HeldOut);

    /// <summary>Adds it to an export's conditions, which the manifest tells and a resumed run must share.</summary>
    internal void Describe(JsonObject filter)
    {
        filter["split"] = JsonSerializer.SerializeToNode(Side, JsonDefaults.Options);
        filter["held_out"] = HeldOut;
    }
}

/// <summary>What an export wrote.</summary>
/// <param name="Path">The JSON Lines file.</param>
/// <param name="Exchanges">Lines in it, one exchange each, oldest first.</param>
/// <param name="Sha256">The file's SHA-256, lower-case hex.</param>
/// <param name="Manifest">The manifest beside it.</param>
/// <param name="Resumed">Exchanges that an interrupted run had written already.</param>
public sealed record ExchangeExport(string Path, long Exchanges, string Sha256, string Manifest, long Resumed);
