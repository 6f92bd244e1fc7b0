using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Index;

/// <summary>Writes the shards anew: without the rows of deleted documents, and full where appending left small ones. Rows keep their bits.</summary>
public static class IndexCompacter
{
    /// <summary>Compacts.</summary>
    /// <param name="home">Where the index is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="shardRows">Rows from which on a shard is full; a document stays in one.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellation">Stops between rows; the same command goes on.</param>
    /// <exception cref="UsageException">Less than one row a shard, or the index is no LoGra index.</exception>
    /// <exception cref="BadInputException">A shard is damaged.</exception>
    public static IndexResult Run(
        TdaHome home, string name, int shardRows, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default)
    {
        if (shardRows < 1)
        {
            throw new UsageException($"Rows a shard are {shardRows}; they must be at least 1.");
        }

        using var revision = IndexRevision.Start(home.IndexDirectory(name), "tda index compact", new { shardRows }, time, progress);
        revision.Share(f => IndexRevision.ShardOf(f) >= 0);
        var index = revision.Current.Gradients();
        var (shards, dropped) = Repack(index, revision.Work.PathOf, shardRows, progress, cancellation);
        return revision.Commit(
            revision.Current.Info with { Shards = shards }, 0, time,
            $"{dropped} rows of deleted documents were dropped; {index.Shards} shards became {shards}.");
    }

    /// <summary>Copies live rows, shard by shard; shards that a killed run finished are passed over.</summary>
    internal static (int Shards, long Dropped) Repack(
        LograIndex index, Func<string, string> pathOf, int shardRows, IProgressSink progress, CancellationToken cancellation)
    {
        var (shards, dropped, last, counted) = (0, 0L, -1, 0);
        ShardFileWriter? writer = null; // none of a shard that is there
        using var task = progress.Start("Shards", index.Shards, "shards");
        try
        {
            Begin();
            for (var s = 0; s < index.Shards; s++)
            {
                using var shard = index.Open(s);
                var row = -1;
                foreach (var line in shard.Lines())
                {
                    row++;
                    cancellation.ThrowIfCancellationRequested();
                    if (index.IsDeleted(line.Document))
                    {
                        dropped++;
                        continue;
                    }
                    if (counted >= shardRows && line.Document != last)
                    {
                        Finish();
                        Begin();
                    }

                    writer?.AppendRaw(line, shard.Raw(row, 1), shard.Scales(row, 1));
                    (counted, last) = (counted + 1, line.Document);
                }
                task.Report(s + 1);
            }
            Finish();
            return (shards, dropped);
        }
        finally
        {
            writer?.Dispose();
        }

        void Begin() =>
            writer = File.Exists(pathOf(ShardNames.Numbers(shards))) ? null : new ShardFileWriter(pathOf, shards, index.Layout);

        void Finish()
        {
            if (writer is not null)
            {
                // All that were set apart stand with the first shard: which shard they came from says nothing any more.
                JsonLines.Write(pathOf(ShardNames.Excluded(shards)), shards == 0 ? index.Excluded() : []);
                writer.Commit();
                writer.Dispose();
            }
            (shards, counted) = (shards + 1, 0);
        }
    }
}
