using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Index;

/// <summary>Checks every file of an index, row by row where it has shards; and sets damaged shards apart, so that the others remain usable.</summary>
public static class IndexVerifier
{
    /// <summary>Checks all, and goes on after the first damage.</summary>
    /// <exception cref="BadInputException">There is no index, its manifest is damaged, or a file is missing.</exception>
    public static IndexVerification Run(TdaHome home, string name, IProgressSink progress, CancellationToken cancellation = default)
    {
        var index = IndexDirectory.Open(home.IndexDirectory(name), verify: false);
        var faults = new List<ShardFault>();
        long rows = 0;
        var shards = index.Info.Method == IndexMethod.Logra ? index.Info.Shards : 0;
        using var task = progress.Start("Checked", index.Artifact.Manifest.Outputs.Count, "files");

        // 1. Rows, which say where the damage is.
        for (var s = 0; s < shards; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Check(index, s, out var count) is { } fault)
            {
                faults.Add(fault);
            }

            rows += count;
        }

        // 2. Hashes, which see what rows don't: a changed header, the model's projections, the ledger.
        var done = 0;
        foreach (var file in index.Artifact.Manifest.Outputs.Keys)
        {
            cancellation.ThrowIfCancellationRequested();
            var shard = IndexRevision.ShardOf(file);
            try
            {
                index.Artifact.Verify(file);
            }
            catch (BadInputException e) when (shard < 0 || faults.TrueForAll(f => f.Shard != shard))
            {
                faults.Add(new ShardFault(shard, Path.Combine(index.Directory, file), e.Offset, e.Reason));
            }
            catch (BadInputException)
            {
                // The rows told more of this shard.
            }
            task.Report(++done);
        }
        return new IndexVerification(index.Directory, done, shards, rows, faults);
    }

    /// <summary>
    /// Empties damaged shards. Their documents are recorded as excluded, with the reason, and have no score in later runs; the curvature
    /// keeps what it counted of them.
    /// </summary>
    /// <exception cref="UsageException">Nothing is damaged.</exception>
    /// <exception cref="BadInputException">A file that belongs to no shard is damaged: there is nothing to fall back on.</exception>
    public static IndexResult SetApart(
        TdaHome home, string name, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default)
    {
        var found = Run(home, name, progress, cancellation);
        if (found.Faults.Count == 0)
        {
            throw new UsageException($"Index {name} is not damaged.");
        }

        if (found.Faults.FirstOrDefault(f => f.Shard < 0) is { } whole)
        {
            throw new BadInputException(whole.Path, whole.Reason, whole.Offset, "This is no shard: make the index again with tda index.");
        }

        var bad = found.Faults.ToDictionary(f => f.Shard);
        using var revision = IndexRevision.Start(
            home.IndexDirectory(name), "tda index verify --set-apart", new { Shards = bad.Keys.Order().ToArray() }, time, progress,
            verify: false);
        revision.Share(f => bad.Keys.Any(s => ShardNames.All(s).Contains(f)));

        // What no other shard has was in the damaged ones: their own lists can't be trusted.
        var index = revision.Current.Gradients();
        var ids = Corpus.Open(home.CorpusDirectory(revision.Current.Info.Corpus), verify: false).Documents().Select(d => d.Id);
        var known = new HashSet<int>(revision.Current.Deleted().Select(d => d.Document));
        var excluded = new HashSet<string>(StringComparer.Ordinal);
        for (var s = 0; s < index.Shards; s++)
        {
            if (bad.ContainsKey(s))
            {
                continue;
            }

            using var shard = index.Open(s);
            known.UnionWith(shard.Documents(0, shard.Rows).ToArray());
            excluded.UnionWith(JsonLines.Read<ExcludedDocument>(Path.Combine(index.Directory, ShardNames.Excluded(s))).Select(e => e.Id));
        }
        var fault = bad.Values.First();
        var reason = $"its shard was damaged ({string.Join("; ", bad.Values.Select(Describe))})";
        var lost = ids.Take(revision.Current.Info.Documents).Where((id, d) => !known.Contains(d) && !excluded.Contains(id)).ToArray();
        foreach (var s in bad.Keys)
        {
            using var writer = new ShardFileWriter(revision.Work.PathOf, s, index.Layout);
            JsonLines.Write(
                revision.Work.PathOf(ShardNames.Excluded(s)),
                s == fault.Shard ? lost.Select(id => new ExcludedDocument(id, "index", reason)) : []);
            writer.Commit();
        }
        return revision.Commit(
            revision.Current.Info, lost.Length, time,
            $"{bad.Count} damaged shards were set apart with {lost.Length} documents, named in {IndexDirectory.ExcludedFile}.");
    }

    private static string Describe(ShardFault fault) => string.Create(
        CultureInfo.InvariantCulture, $"{Path.GetFileName(fault.Path)}{(fault.Offset is { } o ? $" at offset {o}" : string.Empty)}: {fault.Reason}");

    private static ShardFault? Check(IndexDirectory index, int shard, out long rows)
    {
        rows = 0;
        try
        {
            using var opened = new StoredShard(index.Directory, shard, index.Layout());
            rows = opened.Rows;
            return opened.Check();
        }
        catch (BadInputException e)
        {
            return new ShardFault(shard, e.Path, e.Offset, e.Reason);
        }
    }
}

/// <summary>What checking an index found.</summary>
/// <param name="Directory">The index.</param>
/// <param name="Files">Files whose hashes were compared.</param>
/// <param name="Shards">Shards whose rows were checked.</param>
/// <param name="Rows">Rows checked.</param>
/// <param name="Faults">Damage, shard by shard; shard -1 for files that belong to none.</param>
public sealed record IndexVerification(string Directory, int Files, int Shards, long Rows, IReadOnlyList<ShardFault> Faults);
