using Tda.Core.Arrays;
using Tda.Core.Json;
using Tda.Scoring.Capture;
using Tda.Scoring.Projection;
using static TorchSharp.torch;

namespace Tda.Scoring.Indexing;

/// <summary>
/// Writes the shard of some consecutive documents: <c>rows-NNNNN.jsonl</c> first, then <c>shard-NNNNN.npy</c>, each at once;
/// a shard is there when its .npy is. Rows stand in the order of the corpus, whatever the batches were.
/// </summary>
internal sealed class LograShardWriter(GradientCapture capture, Projector projector, StorageType storage)
{
    public static string ShardName(int shard) => $"shard-{shard:D5}.npy";

    public static string RowsName(int shard) => $"rows-{shard:D5}.jsonl";

    public static string ExcludedName(int shard) => $"excluded-{shard:D5}.jsonl";

    /// <summary>Computes and writes one shard; returns the documents set apart.</summary>
    public IReadOnlyList<ExcludedDocument> Write(
        Func<string, string> pathOf, int shard, IRowSource rows, Action<double> progress, CancellationToken cancellation)
    {
        var gradients = new SortedDictionary<(int Document, int FirstLabel), (float[] Values, int Labels)>();
        var apart = new SortedDictionary<int, string>();
        capture.ForEach(rows, LabelSource.True, batch => Collect(batch, gradients, apart), progress, cancellation);

        var kept = gradients.Where(g => !apart.ContainsKey(g.Key.Document)).ToArray();
        var excluded = apart.Select(a => new ExcludedDocument(rows.IdOf(a.Key), "index", a.Value)).ToArray();
        JsonLines.Write(pathOf(ExcludedName(shard)), excluded);
        JsonLines.Write(
            pathOf(RowsName(shard)),
            kept.Select(g => new IndexRow(rows.IdOf(g.Key.Document), g.Key.Document, g.Key.FirstLabel, g.Value.Labels)));
        if (storage == StorageType.Float32) WriteRows(pathOf(ShardName(shard)), kept.Select(g => g.Value.Values));
        else WriteRows(pathOf(ShardName(shard)), kept.Select(g => Array.ConvertAll(g.Value.Values, x => (Half)x)));
        return excluded;
    }

    private void WriteRows<T>(string path, IEnumerable<T[]> rows)
        where T : unmanaged
    {
        using var writer = new NpyWriter<T>(path, projector.Length);
        foreach (var row in rows) writer.Append(row);
        writer.Commit();
    }

    private void Collect(CapturedBatch batch, SortedDictionary<(int, int), (float[], int)> gradients, SortedDictionary<int, string> apart)
    {
        var values = projector.Project(batch).to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        for (var b = 0; b < batch.Rows.Count; b++)
        {
            var row = batch.Rows[b];
            var own = values.AsSpan(b * projector.Length, projector.Length).ToArray();
            if (Problem(batch.Finite[b], own) is { } problem) apart[row.Document] = problem;
            else gradients[(row.Document, row.FirstLabel)] = (own, row.LossPositions);
        }
    }

    private string? Problem(bool finite, float[] values)
    {
        if (!finite || !values.All(float.IsFinite)) return "its gradient is not finite";
        return storage == StorageType.Float16 && values.Any(v => !Half.IsFinite((Half)v))
            ? "its projected gradient overflows float16: store the index as float32"
            : null;
    }
}
