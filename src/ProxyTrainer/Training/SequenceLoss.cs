using Tda.ProxyTrainer.Models;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Training;

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
        var plan = BatchPlan.Sorted([.. examples.Select(example => example.LabelCount > 0 ? example.Tokens.Length - 1 : 0)], batchTokens);
        using var gradients = no_grad();
        for (var step = 0; step < plan.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using IDisposable scope = NewDisposeScope();
            var batch = Batch.Collate(examples, plan[step], model.Device, model.DType);
            var weighted = TokenLoss.Nll(model, batch).mul(batch.Weights).to(ScalarType.Float32).cpu().data<float>().ToArray();
            for (var label = 0; label < weighted.Length; label++)
            {
                losses[plan[step][batch.LabelRows[label]]] += weighted[label];
            }
        }

        return losses;
    }
}
