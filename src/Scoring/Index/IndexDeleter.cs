using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Index;

/// <summary>
/// Deletes documents: they are named in <c>deleted.jsonl</c>, count no more and are named as excluded by every run. Their rows stay in
/// the shards until <see cref="IndexCompacter"/> writes these anew.
/// </summary>
public static class IndexDeleter
{
    private const int Named = 5;

    /// <summary>Deletes.</summary>
    /// <param name="home">Where the index is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="ids">Ids of documents.</param>
    /// <param name="downdate">Whether to take their rows out of the curvature too (C is then the mean over what is left).</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellation">Stops between shards.</param>
    /// <exception cref="UsageException">No ids, or ids that the index doesn't have or no longer has: names the first of them.</exception>
    public static IndexResult Run(
        TdaHome home, string name, IReadOnlyCollection<string> ids, bool downdate, IProgressSink progress, TimeProvider time,
        CancellationToken cancellation = default) =>
        At(home, home.IndexDirectory(name), ids, downdate, progress, time, cancellation);

    /// <summary>The same of an index anywhere in the home, such as an ensemble's member's.</summary>
    internal static IndexResult At(
        TdaHome home, string path, IReadOnlyCollection<string> ids, bool downdate, IProgressSink progress, TimeProvider time,
        CancellationToken cancellation)
    {
        var wanted = ids.ToHashSet(StringComparer.Ordinal);
        if (wanted.Count == 0)
        {
            throw new UsageException("No document was named.");
        }

        using var revision = IndexRevision.Start(
            path, "tda index delete", new { Ids = wanted.Order(StringComparer.Ordinal).ToArray(), downdate }, time, progress);
        var before = revision.Current.Deleted();
        var index = revision.Current.Gradients();
        var found = Find(home, revision.Current, wanted, before);

        var ledger = before.Concat(found.Select(d => new DeletedDocument(d.Id, d.Document, time.GetUtcNow(), downdate))).ToArray();
        JsonLines.Write(revision.Work.PathOf(IndexDirectory.DeletedFile), ledger);
        revision.Share(f => f == IndexDirectory.DeletedFile || (downdate && f is IndexDirectory.CurvatureFile or IndexDirectory.WoodburyFile));
        var info = revision.Current.Info with { Deleted = ledger.Length };
        if (downdate)
        {
            info = Downdate(revision, index, info, [.. found.Select(d => d.Document)], ledger, cancellation);
        }

        return revision.Commit(
            info, found.Count, time, $"{found.Count} documents were deleted; their rows stay in the shards until tda index compact.");
    }

    // Documents that were set apart have no row; they are found by their ordinals in the corpus.
    private static List<(string Id, int Document)> Find(
        TdaHome home, IndexDirectory index, HashSet<string> wanted, IReadOnlyList<DeletedDocument> before)
    {
        var gone = before.Where(d => wanted.Contains(d.Id)).Select(d => d.Id).ToArray();
        if (gone.Length > 0)
        {
            throw new UsageException($"{Names(gone)} {(gone.Length == 1 ? "was" : "were")} deleted before.");
        }

        var corpus = Corpus.Open(home.CorpusDirectory(index.Info.Corpus), verify: false);
        var found = corpus.Documents().Take(index.Info.Documents).Select((d, i) => (d.Id, i)).Where(d => wanted.Contains(d.Id)).ToList();
        string[] missing = [.. wanted.Except(found.Select(d => d.Id), StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (missing.Length > 0)
        {
            throw new UsageException($"The index has no document {Names(missing)}.");
        }

        return found;
    }

    private static IndexInfo Downdate(
        IndexRevision revision, LograIndex index, IndexInfo info, HashSet<int> documents, IReadOnlyList<DeletedDocument> ledger,
        CancellationToken cancellation)
    {
        using var projector = revision.Current.Projector(ScalarType.Float64, CPU);
        if (info.Storage == StorageType.Lorif)
        {
            revision.Share(f => f is IndexDirectory.DeletedFile or IndexDirectory.WoodburyFile);
            return IndexCurvature.Decompose(revision.Work, projector, revision.WorkIndex(info.Shards, index.Layout, ledger), info);
        }
        using var removed = new LograCurvature(projector);
        index.AddCurvature(removed, 0, cancellation, documents);
        using var sums = FactorFile.LoadSums(revision.Current.Checked(IndexDirectory.CurvatureFile)).Sums;
        foreach (var (key, sum) in removed.Sums.Sums)
        {
            sums.Add(key, sum.neg());
        }

        sums.Sequences -= removed.Rows;
        FactorFile.SaveSums(revision.Work.PathOf(IndexDirectory.CurvatureFile), sums, info.Documents);
        return info with { Sequences = sums.Sequences };
    }

    private static string Names(IReadOnlyCollection<string> ids) =>
        string.Join(", ", ids.Take(Named)) + (ids.Count > Named ? $" and {ids.Count - Named} more" : string.Empty);
}

/// <summary>A document deleted from an index, as a line of <c>deleted.jsonl</c>. Runs name it as excluded.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Document">Its ordinal in the corpus.</param>
/// <param name="Time">When.</param>
/// <param name="Downdated">Whether its rows were taken out of the curvature too.</param>
public sealed record DeletedDocument(string Id, int Document, DateTimeOffset Time, bool Downdated);
