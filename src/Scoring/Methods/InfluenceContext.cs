using Tda.Core.Queries;
using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods;

/// <summary>What methods are built from. Owns nothing.</summary>
public sealed record InfluenceContext
{
    /// <summary>Gradients of the model at its final weights.</summary>
    public required GradientCapture Capture { get; init; }

    /// <summary>The training documents that curvature is fitted on, N of them in rows.</summary>
    public required IRowSource Documents { get; init; }

    /// <summary>Checkpoints of the training run, oldest first; empty where none were kept.</summary>
    public IReadOnlyList<TrajectoryPoint> Trajectory { get; init; } = [];

    /// <summary>Models trained alike (the first is <see cref="Capture"/>'s); empty where there is one only.</summary>
    public IReadOnlyList<GradientCapture> Ensemble { get; init; } = [];

    /// <summary>The documents' texts by ordinal; null where they have none (images).</summary>
    public Func<int, string>? DocumentText { get; init; }

    /// <summary>The queries' texts by ordinal; null where they have none.</summary>
    public IReadOnlyList<Query>? QueryTexts { get; init; }

    /// <summary>Curvature fitted before (an index's factors); null: fitted when needed.</summary>
    public Curvature.EkfacFactors? Factors { get; init; }

    /// <summary>Seed of sampled labels, projections and probes.</summary>
    public long Seed { get; init; }
}
