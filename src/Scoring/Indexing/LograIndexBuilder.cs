using Tda.Core.Artifacts;
using Tda.Scoring.Capture;
using Tda.Scoring.Projection;
using Tda.Scoring.Stores;

namespace Tda.Scoring.Indexing;

/// <summary>Makes a LoGra or LoRIF index: projections, shards, curvature. A killed run goes on after the last finished shard.</summary>
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
        var layout = StoreLayout.Of(projector, options.Storage, options.FactorRank);

        // 2. Shards of whole documents.
        var shards = LograShards.Write(
            directory, new LograShardWriter(capture, projector, layout), rows, 0, 0, options.ShardDocuments, progress, cancellation);

        // 3. Curvature, as sums; what storage cost.
        info = info with
        {
            Shards = shards,
            Length = layout.Length,
            Ranks = layout.Modules,
            Storage = options.Storage,
            FactorRank = options.Storage == StorageType.Lorif ? options.FactorRank : null,
            CurvatureRank = options.Storage == StorageType.Lorif ? options.CurvatureRank : null,
            Projection = options.Projection,
        };
        return IndexCurvature.Add(directory, projector, new LograIndex(directory.WorkDirectory, shards, layout), info, 0, cancellation);
    }

    private static Projector Projections(
        ArtifactDirectory directory, GradientCapture capture, IRowSource rows, IndexOptions options, IProgressSink progress,
        CancellationToken cancellation)
    {
        var model = capture.Model;
        if (options.Projection == ProjectionKind.Random)
        {
            return Projector.Random(model.Modules, options.Rank, options.Seed, model.DType, model.Device);
        }

        var stage = EkfacIndexBuilder.Stage(directory, capture, options, progress);
        using var covariances = stage.Covariances(EkfacIndexBuilder.FitRows(rows, options), kept: null, names: true, cancellation);
        using var basis = stage.Basis(covariances);
        return Projector.Pca(model.Modules, options.Rank, basis, model.DType, model.Device);
    }

    private static void Announce(Projector projector, int rank, IProgressSink progress)
    {
        var narrow = projector.Projections.Count(p => p.InputRank < rank || p.OutputRank < rank);
        if (narrow > 0)
        {
            progress.Message($"Rank {rank} is above a side of {narrow} of {projector.Modules.Count} layers: those sides are kept whole.");
        }
    }
}
