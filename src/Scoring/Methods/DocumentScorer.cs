using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods;

/// <summary>
/// Streams documents once: gradients are computed, contracted with all directions and dropped. A document's score is the
/// sum over its rows; its self-influence is that of the sum of its rows' gradients.
/// </summary>
public sealed class DocumentScorer(GradientCapture capture, long chunkElements = 1L << 24)
{
    /// <summary>Scores [directions, documents]: <c>⟨V_q, g_m⟩</c>. Documents with a row that isn't finite are NaN.</summary>
    /// <param name="rows">The documents.</param>
    /// <param name="directions">Preconditioned queries.</param>
    /// <param name="self">When given, also fills <see cref="SelfInfluence"/>.</param>
    /// <param name="progress">Rows done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public ScoreMatrix Score(
        IRowSource rows, IDirections directions, IPreconditioner? self = null, Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        var scores = new ScoreMatrix(directions.Count, rows.DocumentCount);
        using var selfInfluence = self is null ? null : new SelfInfluenceAccumulator(self, rows.DocumentCount, chunkElements);
        var apart = new HashSet<int>();
        capture.ForEach(rows, LabelSource.True, batch =>
        {
            var sum = zeros([batch.Rows.Count, directions.Count], dtype: capture.Model.DType, device: capture.Model.Device);
            for (var m = 0; m < directions.Modules.Count; m++)
                sum.add_(directions.Score(m, batch.OutputGradients[m], batch.Activations[m]));
            Add(sum, batch, scores, apart);
            selfInfluence?.Add(batch);
        }, progress, cancellation);
        foreach (var document in apart) scores.Exclude(document);
        SelfInfluence = selfInfluence?.Values;
        return scores;
    }

    /// <summary>Self-influence of every document in the last call that asked for it.</summary>
    public IReadOnlyList<double>? SelfInfluence { get; private set; }

    private static void Add(Tensor sum, CapturedBatch batch, ScoreMatrix scores, HashSet<int> apart)
    {
        var values = sum.to_type(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        for (var b = 0; b < batch.Rows.Count; b++)
        {
            var document = batch.Rows[b].Document;
            var finite = batch.Finite[b];
            for (var q = 0; q < scores.Targets; q++)
            {
                var value = values[b * scores.Targets + q];
                finite &= double.IsFinite(value);
                scores[q, document] += (float)value;
            }
            if (!finite) apart.Add(document);
        }
    }
}
