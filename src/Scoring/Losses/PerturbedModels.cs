using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;

namespace Tda.Scoring.Losses;

/// <summary>
/// Copies of one model around its final weights, drawn from N(θ, scale²(G + λI)⁻¹/N) with EK-FAC's G. One at a time in place.
/// </summary>
public sealed class PerturbedModels : ILossModels
{
    private readonly GradientCapture capture;
    private readonly IShiftableModel model;
    private readonly PosteriorNoise noise;
    private readonly PerturbationOptions options;
    private readonly double step;
    private readonly long seed;

    /// <summary>The factors may be disposed of afterwards.</summary>
    /// <exception cref="UsageException">The model's weights can't be shifted.</exception>
    public PerturbedModels(GradientCapture capture, EkfacFactors factors, Damping damping, long n, PerturbationOptions options, long seed)
    {
        model = capture.Model as IShiftableModel
            ?? throw new UsageException(
                $"{capture.Model.GetType().Name} can't be perturbed: its weights can't be shifted. Use loss-covariance with an ensemble.");
        (this.capture, this.options, this.seed) = (capture, options, seed);
        noise = new PosteriorNoise(factors, damping);
        step = options.Scale / Math.Sqrt(n);
    }

    /// <inheritdoc/>
    public int Count => options.Models;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => noise.Damping;

    /// <inheritdoc/>
    public double Factor => 1 / (step * step);

    /// <inheritdoc/>
    public void ForEach(Action<GradientCapture> visit)
    {
        for (var k = 0; k < Count; k++)
        {
            using var delta = noise.Draw(k, seed, step);
            using (model.Shift(delta))
            {
                visit(capture);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => noise.Dispose();
}
