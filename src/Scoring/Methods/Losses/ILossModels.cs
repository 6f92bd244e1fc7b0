using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods.Losses;

/// <summary>The K models that losses are compared over.</summary>
public interface ILossModels : IDisposable
{
    /// <summary>K.</summary>
    int Count { get; }

    /// <summary>λ of each module where the models were drawn with a curvature; else empty.</summary>
    IReadOnlyList<double> Damping { get; }

    /// <summary>What a covariance of losses is multiplied by to be a score.</summary>
    double Factor { get; }

    /// <summary>Visits each model once; it may only be used until the visitor returns.</summary>
    void ForEach(Action<GradientCapture> visit);
}
