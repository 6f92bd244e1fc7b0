using Tda.Core.Arrays;
using Tda.Scoring.Capture;
using Tda.Scoring.Projected;
using Tda.Scoring.Projection;
using Tda.Scoring.Stores;
using Tda.Scoring.Stores.Shards;
using static TorchSharp.torch;

namespace Tda.Scoring.Indexing;

/// <summary>
/// Computes and writes the shard of some consecutive documents. Rows stand in the order of the corpus, whatever the batches were; a
/// document whose gradient is not finite is named and set apart.
/// </summary>
internal sealed class LograShardWriter(GradientCapture capture, Projector projector, StoreLayout layout)
{
    /// <summary>Shards that leave a sample of rows as they were before rounding, and rows of it.</summary>
    public const int SampledShards = 16, SampleRows = 32;

    /// <summary>Computes and writes one shard; returns the documents set apart.</summary>
    public IReadOnlyList<ExcludedDocument> Write(
        Func<string, string> pathOf, int shard, IRowSource rows, Action<double> progress, CancellationToken cancellation)
    {
        var gradients = new SortedDictionary<(int Document, int FirstLabel), Row>();
        var apart = new SortedDictionary<int, string>();
        capture.ForEach(rows, LabelSource.True, batch => Collect(batch, shard, gradients, apart), progress, cancellation);

        var excluded = apart.Select(a => new ExcludedDocument(rows.IdOf(a.Key), "index", a.Value)).ToArray();
        JsonLines.Write(pathOf(ShardNames.Excluded(shard)), excluded);
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
        return excluded;
    }

    private void Collect(CapturedBatch batch, int shard, SortedDictionary<(int, int), Row> gradients, SortedDictionary<int, string> apart)
    {
        var projected = projector.Project(batch).to_type(ScalarType.Float32).cpu().contiguous();
        var exact = projected.data<float>().ToArray();
        var stored = layout.Storage == StorageType.Lorif ? Factors(projected) : exact;
        for (var b = 0; b < batch.Rows.Count; b++)
        {
            var row = batch.Rows[b];
            var own = stored.AsSpan(b * layout.Numbers, layout.Numbers).ToArray();
            var before = layout.Storage == StorageType.Float32 || shard >= SampledShards ? null : exact.AsSpan(b * layout.Length, layout.Length).ToArray();
            if (Problem(batch.Finite[b], own) is { } problem)
            {
                apart[row.Document] = problem;
            }
            else
            {
                gradients[(row.Document, row.FirstLabel)] = new Row(own, before, row.LossPositions);
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

    private sealed record Row(float[] Values, float[]? Exact, int Labels);
}
