using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods.Losses;

/// <summary>
/// Copies of one model around its final weights, drawn from N(θ, scale²(G + λI)⁻¹/N) with EK-FAC's G. One at a time in place.
/// </summary>
public sealed class PerturbedModels : ILossModels
{
    private readonly GradientCapture _capture;
    private readonly IShiftableModel _model;
    private readonly PosteriorNoise _noise;
    private readonly PerturbationOptions _options;
    private readonly double _step;
    private readonly long _seed;

    /// <summary>The factors may be disposed of afterwards.</summary>
    /// <exception cref="UsageException">The model's weights can't be shifted.</exception>
    public PerturbedModels(GradientCapture capture, EkfacFactors factors, Damping damping, long n, PerturbationOptions options, long seed)
    {
        _model = capture.Model as IShiftableModel
            ?? throw new UsageException(
                $"{capture.Model.GetType().Name} can't be perturbed: its weights can't be shifted. Use loss-covariance with an ensemble.");
        (_capture, _options, _seed) = (capture, options, seed);
        _noise = new PosteriorNoise(factors, damping);
        _step = options.Scale / Math.Sqrt(n);
    }

    /// <inheritdoc/>
    public int Count => _options.Models;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _noise.Damping;

    /// <inheritdoc/>
    public double Factor => 1 / (_step * _step);

    /// <inheritdoc/>
    public void ForEach(Action<GradientCapture> visit)
    {
        for (var k = 0; k < Count; k++)
        {
            using var delta = _noise.Draw(k, _seed, _step);
            using (_model.Shift(delta))
            {
                visit(_capture);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _noise.Dispose();
}
