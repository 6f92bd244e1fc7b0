using Tda.Core.Artifacts;
using Tda.Core.Progress;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using Tda.Scoring.Projection;

namespace Tda.Scoring.Indexing;

/// <summary>Makes a LoGra index: projections, shards, curvature. A killed run goes on after the last finished shard.</summary>
internal static class LograIndexBuilder
{
    public static IndexInfo Build(
        ArtifactDirectory directory, GradientCapture capture, IRowSource rows, IndexInfo info, IndexOptions options,
        IProgressSink progress, CancellationToken cancellation)
    {
        // 1. Projections: made once, then read, so that a resumed run has the very same.
        var projections = directory.PathOf(IndexDirectory.ProjectionsFile);
        if (!File.Exists(projections))
        {
            using var made = Projections(directory, capture, rows, options, progress, cancellation);
            ProjectionFile.Save(projections, made);
        }
        using var projector = ProjectionFile.Load(projections, info.Modules, capture.Model.DType, capture.Model.Device);
        Announce(projector, options.Rank, progress);

        // 2. Shards of whole documents.
        var writer = new LograShardWriter(capture, projector, options.Storage);
        var shards = (rows.DocumentCount + options.ShardDocuments - 1) / options.ShardDocuments;
        using (var task = progress.Start("Projected gradients", rows.RowCount, "rows"))
        {
            double before = 0;
            for (var shard = 0; shard < shards; shard++)
            {
                var slice = new RowSlice(
                    rows, shard * options.ShardDocuments, Math.Min((shard + 1) * options.ShardDocuments, rows.DocumentCount));
                var start = before;
                if (!File.Exists(directory.PathOf(LograShardWriter.ShardName(shard))))
                    writer.Write(directory.PathOf, shard, slice, done => task.Report(start + done), cancellation);
                before += slice.RowCount;
                task.Report(before);
            }
        }

        // 3. Curvature, as sums.
        var index = new LograIndex(directory.WorkDirectory, shards, projector.Length, options.Storage);
        using var curvature = index.Curvature(projector, cancellation);
        FactorFile.SaveSums(directory.PathOf(IndexDirectory.CurvatureFile), curvature.Sums, rows.DocumentCount);
        long tokens = 0;
        index.ForEachShard((lines, _) => tokens += lines.Sum(l => (long)l.Labels), cancellation);
        return info with
        {
            Shards = shards,
            Length = projector.Length,
            Storage = options.Storage,
            Projection = options.Projection,
            Sequences = curvature.Rows,
            Tokens = tokens,
        };
    }

    private static Projector Projections(
        ArtifactDirectory directory, GradientCapture capture, IRowSource rows, IndexOptions options, IProgressSink progress,
        CancellationToken cancellation)
    {
        var model = capture.Model;
        if (options.Projection == ProjectionKind.Random)
            return Projector.Random(model.Modules, options.Rank, options.Seed, model.DType, model.Device);
        var stage = EkfacIndexBuilder.Stage(directory, capture, options, progress);
        using var covariances = stage.Covariances(EkfacIndexBuilder.FitRows(rows, options), cancellation);
        using var basis = stage.Basis(covariances);
        return Projector.Pca(model.Modules, options.Rank, basis, model.DType, model.Device);
    }

    private static void Announce(Projector projector, int rank, IProgressSink progress)
    {
        var narrow = projector.Projections.Count(p => p.InputRank < rank || p.OutputRank < rank);
        if (narrow > 0)
            progress.Message($"Rank {rank} is above a side of {narrow} of {projector.Modules.Count} layers: those sides are kept whole.");
    }
}
