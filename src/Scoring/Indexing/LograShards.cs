using Tda.Core.Artifacts;
using Tda.Scoring.Capture;
using Tda.Scoring.Stores.Shards;

namespace Tda.Scoring.Indexing;

/// <summary>Writes the shards that aren't there yet.</summary>
internal static class LograShards
{
    /// <summary>Documents from <paramref name="firstDocument"/> on, in shards from <paramref name="firstShard"/> on; returns the number of shards after it.</summary>
    public static int Write(
        ArtifactDirectory directory, LograShardWriter writer, IRowSource rows, int firstDocument, int firstShard, int shardDocuments,
        IProgressSink progress, CancellationToken cancellation)
    {
        var shards = (rows.DocumentCount - firstDocument + shardDocuments - 1) / shardDocuments;
        using var task = progress.Start("Projected gradients", new RowSlice(rows, firstDocument, rows.DocumentCount).RowCount, "rows");
        double before = 0;
        for (var shard = 0; shard < shards; shard++)
        {
            var first = firstDocument + (shard * shardDocuments);
            var slice = new RowSlice(rows, first, Math.Min(first + shardDocuments, rows.DocumentCount));
            var start = before;
            if (!File.Exists(directory.PathOf(ShardNames.Numbers(firstShard + shard))))
            {
                writer.Write(directory.PathOf, firstShard + shard, slice, done => task.Report(start + done), cancellation);
            }

            before += slice.RowCount;
            task.Report(before);
        }
        return firstShard + shards;
    }
}
