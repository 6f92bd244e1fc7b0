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

    /// <summary>The queries' losses after retrainings on subsets of the documents; null where none were measured.</summary>
    public RetrainingOutcomes? Outcomes { get; init; }

    /// <summary>The documents' sources in order; null where they aren't known.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Seed of sampled labels, projections and probes.</summary>
    public long Seed { get; init; }

    /// <summary>The documents' texts, in order.</summary>
    internal IEnumerable<string> Texts => Enumerable.Range(0, Documents.DocumentCount).Select(DocumentText!);

    /// <summary>Checks that there is all that a method needs.</summary>
    /// <exception cref="UsageException">Names what is missing.</exception>
    internal void Require(AttributionMethod method)
    {
        (MethodNeeds Need, bool Lacks, string What)[] needs =
        [
            (MethodNeeds.Checkpoints, Trajectory.Count == 0, "checkpoints of the training run (a surrogate made by tda distill has them; of adapters, for an index with --parameters adapters)"),
            (MethodNeeds.SecondMoments, Trajectory.Any(p => p.SecondMoments is null),
                "AdamW's second moments in every checkpoint: no other optimiser's steps are scaled by theirs (distil with --optimizer adam_w)"),
            (MethodNeeds.Ensemble, Ensemble.Count < 2, "an ensemble of models (distil with --ensemble 5)"),
            (MethodNeeds.Outcomes, Outcomes is null, "measured losses of retrainings (train a bank with tda datamodel train, and name it by --bank)"),
            (MethodNeeds.Text, DocumentText is null || QueryTexts is null, "the texts of documents and queries"),
        ];
        string[] missing = [.. needs.Where(n => n.Lacks && method.Needs.HasFlag(n.Need)).Select(n => n.What)];
        if (missing.Length > 0)
        {
            throw new UsageException($"Method {method.Name} needs {string.Join(", and ", missing)}.");
        }
    }
}

/// <summary>What <see cref="AttributionMethod.Create"/> builds a method from.</summary>
/// <param name="Context">Model and documents.</param>
/// <param name="Options">The method's options, checked.</param>
/// <param name="Progress">Shows fitting.</param>
/// <param name="Cancellation">Stops fitting.</param>
public sealed record MethodSetup(InfluenceContext Context, MethodOptions Options, IProgressSink Progress, CancellationToken Cancellation)
{
    internal ICaptureModel Model => Context.Capture.Model;

    /// <summary>Uses the context's factors, or factors fitted for this one use.</summary>
    internal T WithFactors<T>(Func<EkfacFactors, T> use)
    {
        using var fitted = Context.Factors is null
            ? new EkfacFitter(Context.Capture, new EkfacOptions()).Fit(Context.Documents, cancellation: Cancellation)
            : null;
        return use(Context.Factors ?? fitted!);
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
