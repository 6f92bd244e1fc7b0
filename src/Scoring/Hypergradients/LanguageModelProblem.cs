using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;

namespace Tda.Scoring.Hypergradients;

/// <summary>
/// A language model that is trained on weighted rows of documents, to be good at a meta set. An example's loss is summed over its label
/// tokens; both objectives are means over label tokens, as the trainer's is (<see cref="TokenLoss"/>).
/// </summary>
public sealed class LanguageModelProblem : IWeightedProblem
{
    private readonly LanguageModel _model;
    private readonly IReadOnlyList<TrainingExample> _examples;
    private readonly IReadOnlyList<TrainingExample> _meta;
    private readonly TrainingOptions _computing;

    /// <param name="model">The model, in float32; its weights are changed. Stays the caller's.</param>
    /// <param name="examples">What is trained on; each has label tokens.</param>
    /// <param name="meta">What it is to be good at; with weights below 0, what it is to be bad at.</param>
    /// <param name="batchTokens">Tokens computed at once where no gradient is taken.</param>
    /// <param name="shards">Parts of a batch that are computed side by side.</param>
    /// <exception cref="UsageException">The model isn't in float32: in fewer digits a small move of its weights is none.</exception>
    public LanguageModelProblem(
        LanguageModel model, IReadOnlyList<TrainingExample> examples, IReadOnlyList<TrainingExample> meta, int batchTokens = 4_096, int shards = 1)
    {
        if (model.DType == ScalarType.BFloat16)
        {
            throw new UsageException("Weights are learned in float32: leave out --dtype.");
        }

        (_model, _examples, _meta) = (model, examples, meta);
        _computing = new TrainingOptions { BatchTokens = batchTokens, GradientShards = shards };
        Parameters = FlatWeights.Of(model);
    }

    /// <inheritdoc/>
    public FlatWeights Parameters { get; }

    /// <inheritdoc/>
    public int MetaExamples => _meta.Count;

    /// <inheritdoc/>
    public double SizeOf(int example) => _examples[example].LabelCount;

    /// <inheritdoc/>
    public Tensor Gradient(IReadOnlyList<int> examples, IReadOnlyList<double> weights)
    {
        TrainingExample[] weighted = [.. examples.Select((example, i) => _examples[example] with
        {
            LabelWeights = Array.ConvertAll(_examples[example].LabelWeights, weight => (float)(weight * weights[i])),
        })];
        return ShardedGradient.Of(_model, weighted, [.. Enumerable.Range(0, weighted.Length)], _computing).Gradient;
    }

    /// <inheritdoc/>
    public double[] Losses(IReadOnlyList<int> examples) =>
        SequenceLoss.PerExample(_model, [.. examples.Select(example => _examples[example])], _computing.BatchTokens);

    /// <inheritdoc/>
    public (double Loss, Tensor Gradient) Meta(IReadOnlyList<int>? examples) =>
        ShardedGradient.Of(_model, _meta, examples ?? [.. Enumerable.Range(0, _meta.Count)], _computing);
}
