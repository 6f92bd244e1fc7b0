using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>What a stretch of training under one curvature does to a query that is walked back through it.</summary>
public interface ISegmentOperator : IDisposable
{
    /// <summary>The damping λ of each module; empty without.</summary>
    IReadOnlyList<double> Damping { get; }

    /// <summary>What the steps of the stretch add up to, e.g. <c>(1 − e^{−ηKσ})/σ</c> on the eigenvectors of the curvature.</summary>
    ModuleGradients Integrate(ModuleGradients query, CancellationToken cancellation = default);

    /// <summary>The query as seen from the stretch's beginning, e.g. <c>e^{−ηKσ}</c>.</summary>
    ModuleGradients StepBack(ModuleGradients query);
}
