using Tda.Core.Arrays;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods.Projected;

namespace Tda.Scoring.Index;

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
        var shards = new LograShardWriter(capture, projector, layout)
            .WriteMissing(directory, rows, 0, 0, options.ShardDocuments, progress, cancellation);

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

        using var basis = new EkfacIndexBuilder(directory, capture, options, progress).Basis(rows, cancellation);
        return Projector.Pca(model.Modules, options.Rank, basis, model.DType, model.Device, options.Seed);
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

/// <summary>
/// Computes and writes the shard of some consecutive documents. Rows stand in the order of the corpus, whatever the batches were; a
/// document whose gradient is not finite is named and set apart.
/// </summary>
internal sealed class LograShardWriter(GradientCapture capture, Projector projector, StoreLayout layout)
{
    /// <summary>Shards that leave a sample of rows as they were before rounding, and rows of it.</summary>
    public const int SampledShards = 16, SampleRows = 32;

    /// <summary>
    /// Writes the shards that aren't there yet: documents from <paramref name="firstDocument"/> on, in shards from
    /// <paramref name="firstShard"/> on; returns the number of shards after it.
    /// </summary>
    public int WriteMissing(
        ArtifactDirectory directory, IRowSource rows, int firstDocument, int firstShard, int shardDocuments, IProgressSink progress,
        CancellationToken cancellation)
    {
        var shard = firstShard;
        double before = 0;
        using var task = progress.Start(
            "Projected gradients", RowFilter.Documents(rows, firstDocument, rows.DocumentCount).RowCount, "rows");
        for (var first = firstDocument; first < rows.DocumentCount; first += shardDocuments, shard++)
        {
            var slice = RowFilter.Documents(rows, first, Math.Min(first + shardDocuments, rows.DocumentCount));
            var start = before;
            if (!File.Exists(directory.PathOf(ShardNames.Numbers(shard))))
            {
                Write(directory.PathOf, shard, slice, done => task.Report(start + done), cancellation);
            }

            before += slice.RowCount;
            task.Report(before);
        }
        return shard;
    }

    private void Write(
        Func<string, string> pathOf, int shard, IRowSource rows, Action<double> progress, CancellationToken cancellation)
    {
        var gradients = new SortedDictionary<(int Document, int FirstLabel), ProjectedRow>();
        var apart = new SortedDictionary<int, string>();
        capture.ForEach(rows, LabelSource.True, batch => Collect(batch, shard, gradients, apart), progress, cancellation);

        JsonLines.Write(
            pathOf(ShardNames.Excluded(shard)), apart.Select(a => new ExcludedDocument(rows.IdOf(a.Key), "index", a.Value)));
        var kept = gradients.Where(g => !apart.ContainsKey(g.Key.Document)).ToArray();
        if (layout.Storage != StorageType.Float32 && shard < SampledShards)
        {
            float[][] sample = [.. kept.Take(SampleRows).Select(g => g.Value.Exact!)];
            NpyFile.Write(pathOf(ShardNames.Sample(shard)), sample.SelectMany(x => x).ToArray(), sample.Length, layout.Length);
        }
        using var writer = new ShardFileWriter(pathOf, shard, layout);
        foreach (var ((document, first), row) in kept)
        {
            writer.Append(new IndexRow(rows.IdOf(document), document, first, row.Labels), row.Values);
        }

        writer.Commit();
    }

    private void Collect(
        CapturedBatch batch, int shard, SortedDictionary<(int, int), ProjectedRow> gradients, SortedDictionary<int, string> apart)
    {
        var projected = projector.Project(batch).to_type(ScalarType.Float32).cpu().contiguous();
        var exact = projected.data<float>().ToArray();
        var stored = layout.Storage == StorageType.Lorif ? Factors(projected) : exact;
        for (var b = 0; b < batch.Rows.Count; b++)
        {
            var row = batch.Rows[b];
            var own = stored.AsSpan(b * layout.Numbers, layout.Numbers).ToArray();
            var before = layout.Storage == StorageType.Float32 || shard >= SampledShards
                ? null
                : exact.AsSpan(b * layout.Length, layout.Length).ToArray();
            if (Problem(batch.Finite[b], own) is { } problem)
            {
                apart[row.Document] = problem;
            }
            else
            {
                gradients[(row.Document, row.FirstLabel)] = new ProjectedRow(own, before, row.LossPositions);
            }
        }
    }

    // A row's modules one after the other: u (c, k_o), then w (c, k_i). A row that isn't finite has no SVD: it is zeroed, and set apart.
    private float[] Factors(Tensor projected)
    {
        using var scope = NewDisposeScope();
        var finite = projected.nan_to_num(0, 0, 0);
        var parts = new List<Tensor>();
        for (var m = 0; m < layout.Modules.Count; m++)
        {
            var (left, right) = TruncatedProjection.Factors(projector, finite, m, layout.FactorRank);
            parts.Add(left.flatten(1));
            parts.Add(right.flatten(1));
        }
        return cat([.. parts], 1).to_type(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    private string? Problem(bool finite, float[] values)
    {
        if (!finite || !values.All(float.IsFinite))
        {
            return ExcludedDocument.NotFinite;
        }

        return layout.Storage == StorageType.Float16 && values.Any(v => !Half.IsFinite((Half)v))
            ? "its projected gradient overflows float16: store the index as float32"
            : null;
    }

    private sealed record ProjectedRow(float[] Values, float[]? Exact, int Labels);
}
