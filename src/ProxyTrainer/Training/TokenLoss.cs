using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Training;

/// <summary>
/// The training objective: <c>Σ w·nll / count</c>, in nats, over the label tokens of a batch. Where the closed model's probabilities are known it is
/// <c>Σ w·((1 − α)·nll + α·T²·KL) / count</c>, with one divergence for each run of tokens (<see cref="TargetBatch"/>).
/// </summary>
/// <remarks>
/// IF-Guide (2506.01790): w = −λ for masked tokens, 1 for the rest.
/// The count is of label tokens with a weight other than 0, not the sum of weights: doubling all weights doubles the
/// gradient, and a weight of 0 is as if the token had no loss.
/// </remarks>
public static class TokenLoss
{
    /// <summary>Negative log-likelihood of every label of the batch, (n), unweighted.</summary>
    public static Tensor Nll(LanguageModel model, Batch batch, TapSet? taps = null) => Nll(Logits(model, batch, taps), batch);

    /// <summary>The objective of a batch, a scalar.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="penaltyFloor">A label with negative weight and a probability below this has no loss: IF-Guide's objective is unbounded without it.</param>
    public static Tensor Mean(LanguageModel model, Batch batch, double penaltyFloor) =>
        Sum(model, batch, penaltyFloor).div(batch.Count);

    /// <summary>The objective of a batch times its count, a scalar.</summary>
    /// <inheritdoc cref="Mean"/>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="penaltyFloor">As above.</param>
    /// <param name="factors">(n), of the labels' cross-entropy beside its weights, to be differentiated by; null: ones.</param>
    /// <param name="secondOrder">Gradients of gradients will be taken.</param>
    public static Tensor Sum(LanguageModel model, Batch batch, double penaltyFloor, Tensor? factors = null, bool secondOrder = false)
    {
        var logits = Logits(model, batch, secondOrder: secondOrder);
        var nll = Nll(logits, batch);
        var weights = factors is null ? batch.Weights : batch.Weights.mul(factors);
        if (batch.HasPenalties)
        {
            var gone = nll.detach().gt(-Math.Log(penaltyFloor)).logical_and(batch.Weights.lt(0));
            weights = weights.masked_fill(gone, 0);
        }

        var sum = nll.mul(weights).sum();
        return batch.Targets is { } targets ? sum.add(targets.Loss(logits)) : sum;
    }

    /// <summary>(n, V): what the model says at the batch's labels.</summary>
    internal static Tensor Logits(LanguageModel model, Batch batch, TapSet? taps = null, bool secondOrder = false) => model.Forward(
        batch.Ids, new ForwardOptions { LogitPositions = batch.Positions, Taps = taps, Response = batch.Response, SecondOrder = secondOrder });

    private static Tensor Nll(Tensor logits, Batch batch) => nn.functional.cross_entropy(logits, batch.Labels, reduction: nn.Reduction.None);
}

/// <summary>Losses without training: perplexity, fidelity, evaluation.</summary>
public static class SequenceLoss
{
    /// <summary>For each example <c>Σ w·nll</c> over its label tokens, in nats; 0 for one without any.</summary>
    /// <param name="model">The model.</param>
    /// <param name="examples">Any number; batches are made here, and the results don't depend on them beyond rounding.</param>
    /// <param name="batchTokens">Most tokens a batch, padding included.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static double[] PerExample(
        LanguageModel model, IReadOnlyList<TrainingExample> examples, int batchTokens = 4_096, CancellationToken cancellationToken = default)
    {
        var losses = new double[examples.Count];
        var plan = BatchSchedule.Sorted([.. examples.Select(example => example.LabelCount > 0 ? example.Tokens.Length - 1 : 0)], batchTokens);
        using var gradients = no_grad();
        foreach (var rows in plan)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using IDisposable scope = NewDisposeScope();
            var batch = Batch.Collate(examples, rows, model.Device, model.WideType);
            var weighted = TokenLoss.Nll(model, batch).mul(batch.Weights).to(ScalarType.Float32).cpu().data<float>().ToArray();
            for (var label = 0; label < weighted.Length; label++)
            {
                losses[rows[batch.LabelRows[label]]] += weighted[label];
            }
        }

        return losses;
    }
}
