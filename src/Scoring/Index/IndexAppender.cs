using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Index;

/// <summary>
/// Adds the new documents of a corpus that has grown: existing shards stay, new ones follow, curvature sums add up (LoRIF's are
/// decomposed anew).
/// </summary>
public static class IndexAppender
{
    /// <summary>Appends.</summary>
    /// <param name="home">Where the index is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="shardDocuments">Documents of a new shard.</param>
    /// <param name="batchTokens">Tokens a batch.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellation">Stops; the same command goes on.</param>
    /// <exception cref="UsageException">Nothing is new, or the index is no LoGra index.</exception>
    /// <exception cref="BadInputException">The surrogate changed, or the corpus no longer begins with the index's documents.</exception>
    public static IndexResult Run(
        TdaHome home, string name, int shardDocuments, int batchTokens, IProgressSink progress, TimeProvider time,
        CancellationToken cancellation = default)
    {
        // 1. Inputs, which must be the index's own.
        if (shardDocuments < 1)
        {
            throw new UsageException($"Documents a shard are {shardDocuments}; they must be at least 1.");
        }

        var opened = IndexDirectory.Open(home.IndexDirectory(name), verify: false);
        IndexRevision.RequireRows(opened);
        using var surrogate = OpenedSurrogate.Open(home, opened.Info.Surrogate, parameters: opened.Info.Parameters);
        ScoringSession.Same(opened.Info.TokenizerHash, surrogate.Tokenizer.Hash, surrogate.Directory, "tokenizer", opened);
        ScoringSession.Same(opened.Info.SurrogateHash, surrogate.WeightsHash, surrogate.Directory, "weights", opened);
        var corpus = Corpus.Open(home.CorpusDirectory(opened.Info.Corpus));
        if (corpus.ContentHash == opened.Info.CorpusHash)
        {
            throw new UsageException($"Corpus {corpus.Name} has no documents that index {name} doesn't have.");
        }

        using var rows = new CorpusRows(
            corpus, TokenizedCorpusWriter.Write(corpus, surrogate.Tokenizer, progress, cancellation), opened.Info.Context);
        RequirePrefix(opened, rows, corpus);

        // 2. A directory in the making that shares the old shards.
        using var revision = IndexRevision.Start(
            home.IndexDirectory(name), "tda index append", new { corpus.ContentHash, shardDocuments, batchTokens }, time, progress);
        var info = revision.Current.Info;
        revision.Share(f => f is IndexDirectory.CurvatureFile or IndexDirectory.WoodburyFile);
        revision.Work.Manifest.Inputs[$"corpus:{info.Corpus}"] = corpus.ContentHash;
        var capture = new GradientCapture(
            ScoringSession.Captured(surrogate, revision.Current),
            new CaptureOptions { BatchTokens = BatchPlan.Capture(surrogate.Model, rows.LongestRow, batchTokens, progress, info.Track), Seed = info.Seed });
        using var projector = revision.Current.Projector(capture.Model.DType, capture.Model.Device);
        var layout = revision.Current.Layout();

        // 3. New shards.
        var shards = new LograShardWriter(capture, projector, layout)
            .WriteMissing(revision.Work, rows, info.Documents, info.Shards, shardDocuments, progress, cancellation);

        // 4. Curvature.
        var added = corpus.Count - info.Documents;
        var firstNew = info.Shards;
        info = info with { Documents = corpus.Count, CorpusHash = corpus.ContentHash, Shards = shards };
        var index = revision.WorkIndex(shards, layout, revision.Current.Deleted());
        info = IndexCurvature.Add(
            revision.Work, projector, index, info, firstNew, cancellation,
            info.Storage == StorageType.Lorif ? null : FactorFile.LoadSums(revision.Current.Checked(IndexDirectory.CurvatureFile)).Sums);
        return revision.Commit(info, added, time, $"{added} documents were added.");
    }

    private static void RequirePrefix(IndexDirectory index, CorpusRows rows, Corpus corpus)
    {
        var own = index.Gradients();
        for (var s = 0; s < own.Shards; s++)
        {
            using var shard = own.Open(s);
            foreach (var line in shard.Lines())
            {
                if (line.Document >= rows.DocumentCount || rows.IdOf(line.Document) != line.Id)
                {
                    throw new BadInputException(
                        corpus.Directory,
                        $"document {line.Document} is not {line.Id} as in index {Path.GetFileName(index.Directory)}: " +
                        "new documents must follow the old ones",
                        remedy: "Import the old files first and the new ones after them, or make the index again with tda index.");
                }
            }
        }
        if (corpus.Count <= index.Info.Documents)
        {
            throw new BadInputException(
                corpus.Directory, $"has {corpus.Count} documents, index {Path.GetFileName(index.Directory)} has {index.Info.Documents}",
                remedy: "Delete documents with tda index delete, or make the index again with tda index.");
        }
    }
}
