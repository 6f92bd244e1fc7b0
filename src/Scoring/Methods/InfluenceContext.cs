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
    public EkfacFactors? Factors { get; init; }

    /// <summary>Seed of sampled labels, projections and probes.</summary>
    public long Seed { get; init; }

    /// <summary>The documents' texts, in order.</summary>
    internal IEnumerable<string> Texts => Enumerable.Range(0, Documents.DocumentCount).Select(DocumentText!);

    /// <summary>Uses <see cref="Factors"/>, or factors fitted for this one use.</summary>
    internal T WithFactors<T>(Func<EkfacFactors, T> use, CancellationToken cancellation)
    {
        using var fitted = Factors is null ? new EkfacFitter(Capture, new EkfacOptions()).Fit(Documents, cancellation: cancellation) : null;
        return use(Factors ?? fitted!);
    }

    /// <summary>Checks that there is all that a method needs.</summary>
    /// <exception cref="UsageException">Names what is missing.</exception>
    internal void Require(AttributionMethod method)
    {
        var missing = new List<string>();
        if (method.Needs.HasFlag(MethodNeeds.Checkpoints) && Trajectory.Count == 0)
        {
            missing.Add("checkpoints of the training run (a surrogate made by tda distill has them)");
        }

        if (method.Needs.HasFlag(MethodNeeds.SecondMoments) && Trajectory.Any(p => p.SecondMoments is null))
        {
            missing.Add("the optimiser's second moments in every checkpoint (distil with --optimizer adamw)");
        }

        if (method.Needs.HasFlag(MethodNeeds.Ensemble) && Ensemble.Count < 2)
        {
            missing.Add("an ensemble of models (distil with --ensemble 5)");
        }

        if (method.Needs.HasFlag(MethodNeeds.Text) && (DocumentText is null || QueryTexts is null))
        {
            missing.Add("the texts of documents and queries");
        }

        if (missing.Count > 0)
        {
            throw new UsageException($"Method {method.Name} needs {string.Join(", and ", missing)}.");
        }
    }
}

/// <summary>One checkpoint of a training run.</summary>
/// <param name="Step">Optimiser steps taken until then.</param>
/// <param name="LearningRate">Mean learning rate η of the steps since the checkpoint before.</param>
/// <param name="Steps">How many steps those were.</param>
/// <param name="Momentum">β of heavy-ball momentum or Adam's β₁; 0 without. The effective rate of heavy-ball is η/(1−β).</param>
/// <param name="Open">Opens the model there; the caller disposes of what it gets.</param>
/// <param name="SecondMoments">
/// Opens the optimiser's bias-corrected second moments by module as one "gradient" (1, out, columns); null where none were kept.
/// </param>
public sealed record TrajectoryPoint(
    int Step, double LearningRate, int Steps, double Momentum, Func<OpenedCapture> Open, Func<ModuleGradients>? SecondMoments)
{
    /// <summary>
    /// η/(1−β) for heavy-ball momentum, whose steady step is that much longer than one gradient's. Adam's momentum is an average, which
    /// doesn't lengthen steps: where second moments were kept it stays η.
    /// </summary>
    public double EffectiveRate => SecondMoments is null ? LearningRate / (1 - Momentum) : LearningRate;
}

/// <summary>A capture with the model that it must close again.</summary>
public sealed record OpenedCapture(GradientCapture Capture, IDisposable? Owner) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Owner?.Dispose();
}
