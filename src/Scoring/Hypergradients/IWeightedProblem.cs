using Tda.ProxyTrainer.Optimizers;

namespace Tda.Scoring.Hypergradients;

/// <summary>
/// A training whose examples carry weights, and what it is to be good at: base objective
/// <c>L(θ, w) = Σ_i w_i ℓ_i(θ) / Σ_i size_i</c> over a batch, plus what doesn't depend on w (weight decay, a prior); meta objective
/// <c>L_meta(θ)</c>. Everything is taken at the weights θ as they are at the time of the call. Implemented by a language model here, by a
/// ridge regression and a classifier in the tests. Gradients that it returns are outside of any dispose scope: the caller disposes of them.
/// </summary>
public interface IWeightedProblem
{
    /// <summary>θ: one flat buffer. Written to without gradients, by optimisers and by perturbations, which put it back.</summary>
    FlatWeights Parameters { get; }

    /// <summary>What an example counts in the batch's mean: its label tokens, or 1. Above 0.</summary>
    double SizeOf(int example);

    /// <summary>∂L/∂θ of a batch, as long as θ.</summary>
    /// <param name="examples">Ordinals of the batch's examples.</param>
    /// <param name="weights">w, one an example.</param>
    Tensor Gradient(IReadOnlyList<int> examples, IReadOnlyList<double> weights);

    /// <summary>ℓ_i of examples, unweighted and not divided by anything, in nats where there are any.</summary>
    double[] Losses(IReadOnlyList<int> examples);

    /// <summary>How many examples L_meta is a mean over, at least 1.</summary>
    int MetaExamples { get; }

    /// <summary>L_meta of some of its examples, and ∂L_meta/∂θ, as long as θ.</summary>
    /// <param name="examples">Ordinals below <see cref="MetaExamples"/>; null: all.</param>
    (double Loss, Tensor Gradient) Meta(IReadOnlyList<int>? examples);
}
