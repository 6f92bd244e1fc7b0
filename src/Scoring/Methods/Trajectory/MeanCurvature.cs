using Tda.Scoring.Curvature.Products;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>The mean of several checkpoints' curvatures over the same documents.</summary>
internal sealed class MeanCurvature(IReadOnlyList<ICurvatureOperator> parts) : ICurvatureOperator
{
    /// <inheritdoc/>
    public long Dimension => parts[0].Dimension;

    /// <summary>The fewest of any: a document may be finite at one checkpoint and not at another.</summary>
    public int Sequences { get; } = parts.Min(p => p.Sequences);

    /// <inheritdoc/>
    public Device Device => parts[0].Device;

    /// <inheritdoc/>
    public Tensor Multiply(Tensor vectors, IReadOnlyList<int>? sequences = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var sum = parts.Select(p => p.Multiply(vectors, sequences, cancellation)).Aggregate((x, y) => x.add(y));
        return sum.div(parts.Count).MoveToOuterDisposeScope();
    }
}
