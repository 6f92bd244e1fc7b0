using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Attribution;

/// <summary>Scores of every label token for a few preconditioned directions V (each aggregates many queries).</summary>
public sealed class TokenScorer(GradientCapture capture, TokenDefinition definition = TokenDefinition.Position)
{
    /// <summary>
    /// Visits every finite row's scores, in the capture's batch order; rows that aren't finite go to <paramref name="excluded"/> by
    /// document.
    /// </summary>
    public void ForEach(
        IRowSource rows, ModuleGradients directions, Action<RowTokenScores> visit, Action<int>? excluded = null,
        Action<double>? progress = null, CancellationToken cancellation = default)
    {
        if (definition == TokenDefinition.Position)
        {
            capture.ForEach(
                rows, LabelSource.True,
                batch => Emit(batch.Rows, Positions(batch, directions).masked_fill(NotFinite(batch), double.NaN), visit, excluded),
                progress, cancellation);
        }
        else
        {
            capture.ForEachBatch(
                rows, (batch, _) => Emit(batch, LossGradients.Score(capture.Model, batch, directions), visit, excluded), progress,
                cancellation);
        }
    }

    /// <summary>Per-position scores of a batch for each direction: (directions, B, T) in the caller's dispose scope.</summary>
    public static Tensor Positions(CapturedBatch batch, ModuleGradients directions)
    {
        using var scope = NewDisposeScope();
        var perDirection = new Tensor[directions.Count];
        for (var d = 0; d < perDirection.Length; d++)
        {
            var sum = zeros_like(batch.TokenLosses);
            // (s V) · a: the full gradient of a token is never formed.
            for (var m = 0; m < directions.Modules.Count; m++)
            {
                sum.add_(batch.OutputGradients[m].matmul(directions.Tensors[m].select(0, d)).mul(batch.Activations[m]).sum([2L]));
            }

            perDirection[d] = sum;
        }
        return stack(perDirection, 0).MoveToOuterDisposeScope();
    }

    private static Tensor NotFinite(CapturedBatch batch) =>
        tensor(batch.Finite.Select(f => !f).ToArray(), [1, batch.Finite.Count, 1], dtype: ScalarType.Bool, device: batch.TokenLosses.device);

    private static void Emit(IReadOnlyList<TokenRow> rows, Tensor scores, Action<RowTokenScores> visit, Action<int>? excluded)
    {
        var (count, width) = ((int)scores.shape[0], (int)scores.shape[2]);
        var values = scores.to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        for (var b = 0; b < rows.Count; b++)
        {
            var perDirection = new float[count][];
            for (var d = 0; d < count; d++)
            {
                perDirection[d] = values.AsSpan((d * rows.Count + b) * width, rows[b].Positions).ToArray();
            }

            if (perDirection.All(s => s.All(float.IsFinite)))
            {
                visit(new RowTokenScores(rows[b], perDirection));
            }
            else
            {
                excluded?.Invoke(rows[b].Document);
            }
        }
    }
}
