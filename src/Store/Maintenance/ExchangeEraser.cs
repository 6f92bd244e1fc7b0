using Tda.Store.Exports;

namespace Tda.Store.Maintenance;

/// <summary>Erases exchanges everywhere: in the log, and in the files that were made of it as far as they can be found.</summary>
public static class ExchangeEraser
{
    /// <summary>1. takes them out of the log; 2. looks for their ids in files; 3. takes them out of exports, if wanted.</summary>
    /// <exception cref="UsageException">The options can't be used.</exception>
    /// <exception cref="TdaException">The log or an export can't be written.</exception>
    public static async Task<ErasureReport> EraseAsync(
        IExchangeStore store,
        TdaHome home,
        IReadOnlyList<string> ids,
        ErasureOptions options,
        IProgressSink? progress = null,
        CancellationToken cancellationToken = default)
    {
        var errors = options.Errors();
        if (errors.Count > 0)
        {
            throw new UsageException($"nothing was erased: {string.Join("; ", errors)}");
        }

        // 1. The log first: what is only found later must not keep the content there.
        var (erased, unknown) = (new List<Tombstone>(), new List<string>());
        foreach (var id in ids.Distinct())
        {
            if (await store.EraseAsync(id, options.Reason, options.By, cancellationToken) is { } tombstone)
            {
                erased.Add(tombstone);
            }
            else
            {
                unknown.Add(id);
            }
        }

        if (erased.Count > 0)
        {
            await store.TidyAsync(cancellationToken);
        }

        // 2. Exports are known from the audit wherever they went.
        var known = await ExportsAsync(store, cancellationToken);
        var candidates = CopySearch.Candidates(home, options.Also.Concat(known.Where(File.Exists)));
        var copies = new List<ErasedCopy>();
        using var task = (progress ?? NullProgress.Instance).Start("Looking for copies", candidates.Count, "files");
        foreach (var (index, path) in candidates.Index())
        {
            var found = CopySearch.Find(path, [.. erased.Select(tombstone => tombstone.Id)], cancellationToken);
            if (found.Count > 0 && !path.EndsWith(ExportManifests.Suffix, StringComparison.Ordinal))
            {
                // 3. Queries and other files are named only: a run that explains an answer would no longer fit its scores.
                var rewritten = options.RewriteExports && ExportRewrite.Without(path, found);
                copies.Add(new(path, [.. found.Order(StringComparer.Ordinal)], rewritten) { Spool = CopySearch.IsSpool(path) });
            }

            task.Report(index + 1);
        }

        return new(erased, unknown, copies);
    }

    private static async Task<HashSet<string>> ExportsAsync(IExchangeReader store, CancellationToken cancellationToken)
    {
        const int Page = 500;
        var paths = new HashSet<string>();
        for (long? before = null; ;)
        {
            var entries = await store.AuditsAsync(before, Page, cancellationToken);
            paths.UnionWith(entries.Where(entry => entry.Action == "export").Select(entry => entry.Subject));
            if (entries.Count < Page)
            {
                return paths;
            }

            before = entries[^1].Number;
        }
    }
}

/// <summary>What an erasure does beyond the log.</summary>
public sealed record ErasureOptions
{
    /// <summary>Why; 1 to 1,000 characters. Required.</summary>
    public required string Reason { get; init; }

    /// <summary>Who asked for it.</summary>
    public string By { get; init; } = Environment.UserName;

    /// <summary>Files and folders to look through for copies, beside the home and the exports in the audit.</summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <summary>Whether exports with a manifest are written anew without the exchanges. Default false: they are only named.</summary>
    public bool RewriteExports { get; init; }

    /// <summary>Everything that is wrong with these options; empty when they can be used.</summary>
    public IReadOnlyList<string> Errors() =>
        [.. Reason.Trim().Length is >= 1 and <= 1000 ? Array.Empty<string>() : ["the reason must have 1 to 1,000 characters"],
            .. Also.Where(path => !File.Exists(path) && !Directory.Exists(path)).Select(path => $"there is no {path}")];
}

/// <summary>What an erasure did.</summary>
/// <param name="Erased">The tombstones that stand for the exchanges now, those of earlier erasures too.</param>
/// <param name="Unknown">Ids that the log does not know.</param>
/// <param name="Copies">Files with the exchanges' ids.</param>
public sealed record ErasureReport(IReadOnlyList<Tombstone> Erased, IReadOnlyList<string> Unknown, IReadOnlyList<ErasedCopy> Copies);

/// <summary>A file that holds, or held, erased exchanges.</summary>
/// <param name="Path">The file.</param>
/// <param name="Ids">The exchanges.</param>
/// <param name="Rewritten">Whether they were taken out of it; else that is left to the user.</param>
public sealed record ErasedCopy(string Path, IReadOnlyList<string> Ids, bool Rewritten)
{
    /// <summary>Whether it is a segment of a gateway's spool, which goes by itself: once it is full, or when the gateway stops.</summary>
    public bool Spool { get; init; }
}
