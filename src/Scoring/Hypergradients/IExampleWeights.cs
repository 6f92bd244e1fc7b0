namespace Tda.Scoring.Hypergradients;

/// <summary>
/// Weights of examples as functions of few or many parameters λ, all between 0 and 2 and 1 at the start: <c>w = 2σ(a)</c>, so that an example
/// that nothing was learned of counts as it always did.
/// </summary>
public interface IExampleWeights : IDisposable
{
    /// <summary>λ, one flat buffer in float64, which gradients can be taken by.</summary>
    Tensor Parameters { get; }

    /// <summary>Whether weights depend on the examples' losses. Default no.</summary>
    bool NeedsLosses => false;

    /// <summary>w of some examples, (n) float64, a function of <see cref="Parameters"/>, in the caller's dispose scope.</summary>
    /// <param name="examples">Ordinals.</param>
    /// <param name="losses">ℓ_i / size_i of each, constants; empty where they aren't needed.</param>
    Tensor Of(IReadOnlyList<int> examples, IReadOnlyList<double> losses);
}

/// <summary>What has a weight of its own.</summary>
public enum WeighedBy
{
    /// <summary>Every document.</summary>
    Documents,

    /// <summary>Every source: all of its documents weigh the same.</summary>
    Sources,

    /// <summary>A small network of the document's loss (Meta-Weight-Net, Shu et al. 2019, 1902.07379).</summary>
    Network,
}

/// <summary>One λ for each group of examples: documents, or sources.</summary>
public sealed class GroupWeights : IExampleWeights
{
    private readonly int[] _groups;

    /// <param name="groups">The group of each example, from 0.</param>
    /// <param name="count">How many groups there are.</param>
    public GroupWeights(IReadOnlyList<int> groups, int count)
    {
        _groups = [.. groups];
        Parameters = zeros([count], dtype: ScalarType.Float64).requires_grad_(true).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Parameters { get; }

    /// <inheritdoc/>
    public Tensor Of(IReadOnlyList<int> examples, IReadOnlyList<double> losses)
    {
        using var scope = NewDisposeScope();
        var at = tensor([.. examples.Select(example => (long)_groups[example])], [examples.Count], dtype: ScalarType.Int64);
        return Parameters.index_select(0, at).sigmoid().mul(2).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Parameters.Dispose();
}

/// <summary>
/// Meta-Weight-Net (Shu et al. 2019, 1902.07379): <c>w = 2σ(a − ā)</c>, <c>a = W₂ tanh(W₁ ℓ + b₁)</c>, ā the mean over the examples asked for. It needs
/// far less to learn than a weight for each document, and weighs documents that it never saw. W₂ starts at 0. The mean stands in the place
/// of the paper's last bias: what all weights have in common changes no training, so that the bias would wander off until all are saturated.
/// </summary>
public sealed class LossNetworkWeights : IExampleWeights
{
    private readonly int _hidden;

    /// <param name="hidden">Hidden units, at least 1.</param>
    /// <param name="seed">Seed of the hidden units' weights.</param>
    public LossNetworkWeights(int hidden, long seed)
    {
        _hidden = hidden;
        var random = SplitMix64.Of(seed, "loss network");
        // Slopes of about 1 and kinks spread over losses from 0 to 8 nats, where losses of tokens lie.
        double[] slopes = [.. Enumerable.Range(0, hidden).Select(_ => random.NextNormal())];
        double[] offsets = [.. slopes.Select(slope => -slope * 8 * random.NextDouble())];
        double[] start = [.. slopes, .. offsets, .. new double[hidden]];
        Parameters = tensor(start, [start.Length], dtype: ScalarType.Float64).requires_grad_(true).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Parameters { get; }

    /// <inheritdoc/>
    public bool NeedsLosses => true;

    /// <inheritdoc/>
    public Tensor Of(IReadOnlyList<int> examples, IReadOnlyList<double> losses)
    {
        using var scope = NewDisposeScope();
        var loss = tensor([.. losses], [losses.Count, 1], dtype: ScalarType.Float64);
        Tensor Part(int index) => Parameters.narrow(0, index * _hidden, _hidden);
        var hidden = loss.mul(Part(0)).add(Part(1)).tanh();                                // (n, hidden)
        var a = hidden.matmul(Part(2));
        return a.sub(a.mean()).sigmoid().mul(2).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Parameters.Dispose();
}
