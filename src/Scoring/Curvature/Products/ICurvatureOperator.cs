using static TorchSharp.torch;

namespace Tda.Scoring.Curvature.Products;

/// <summary>A symmetric positive semi-definite matrix G over all tracked weights, known by its products. G is a mean over sequences.</summary>
public interface ICurvatureOperator
{
    /// <summary>Tracked weights: D.</summary>
    long Dimension { get; }

    /// <summary>Sequences that G is a mean over.</summary>
    int Sequences { get; }

    /// <summary>Where products are computed.</summary>
    Device Device { get; }

    /// <summary>G applied to several vectors at once, (Q, D) to (Q, D) in their own type, in the caller's dispose scope.</summary>
    /// <param name="vectors">One vector a row.</param>
    /// <param name="sequences">A mini-batch: ordinals below <see cref="Sequences"/> to take the mean over; null: all.</param>
    /// <param name="cancellation">Stops between batches.</param>
    Tensor Multiply(Tensor vectors, IReadOnlyList<int>? sequences = null, CancellationToken cancellation = default);
}
