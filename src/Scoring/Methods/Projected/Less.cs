namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// LESS (Xia et al. 2024, 2402.04333, eq. 4): <c>Σ_c η_c cos(P ∇f(θ_c), P Γ(m; θ_c))</c> over checkpoints c, Γ the step that Adam takes for
/// document m and P a random projection from both sides, the same at every checkpoint. η_c counts for all steps that it stands for, and
/// the weights add up to 1, so that a score lies between −1 and 1. Γ is <c>∇loss(m) / (√v̂ + ε)</c>: the momentum that the paper adds is the
/// same for all documents, and what a single document does to v̂ is left out, as 1 − β₂ is small.
/// </summary>
/// <param name="points">Checkpoints with second moments, oldest first, at least one.</param>
/// <param name="n">Training rows.</param>
/// <param name="rank">Rank per side of a layer's projection.</param>
/// <param name="seed">Seed of the projection.</param>
public sealed class Less(IReadOnlyList<TrajectoryPoint> points, long n, int rank, long seed) : IInfluence
{
    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "less",
        Family = MethodFamily.Projected,
        Summary = "cosine of Adam's steps and query gradients, projected, summed over checkpoints",
        Needs = MethodNeeds.Checkpoints | MethodNeeds.SecondMoments,
        HasUnit = false,
        Create = setup => new Less(
            setup.Context.Trajectory, setup.Context.Documents.RowCount, setup.Options.Projected.Rank, setup.Context.Seed),
    };

    /// <inheritdoc/>
    public string Name => "less";

    /// <inheritdoc/>
    public long N => n;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        Normaliser.Refuse(Name, normalisation, "is a cosine already");
        using var scope = NewDisposeScope();

        // 1. Queries at every checkpoint: one that any of them can't differentiate is left out at all, else a target would change its meaning.
        var apart = new SortedSet<int>();
        var each = points.Select(point => At(point, (capture, projector, _) =>
            QueryFeatures.Each(new StreamedFeatures(capture, projector.Length, projector.Project), queries, targets, apart, cancellation))).ToArray();
        var finite = QueryFeatures.Finite(queries, targets, apart, "its gradient is not finite at a checkpoint", excluded);

        // 2. Documents, checkpoint by checkpoint.
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        using var task = progress.Start("Scores", (double)points.Count * documents.RowCount, "rows");
        var whole = points.Sum(point => point.LearningRate * point.Steps);
        for (var c = 0; c < points.Count; c++)
        {
            using var inner = NewDisposeScope();
            var weight = points[c].LearningRate * points[c].Steps / whole;
            var wanted = Unit(QueryFeatures.Means(each[c], finite, targets)).transpose(0, 1).contiguous();
            var before = (double)c * documents.RowCount;
            At(points[c], (capture, projector, moments) =>
            {
                using var step = new AdamNormalised(projector, moments, capture.Model.DType, capture.Model.Device);
                new StreamedFeatures(capture, projector.Length, step.Project).ForEach(documents, (ordinals, features) =>
                {
                    var cosines = Unit(features).matmul(wanted).mul(weight).contiguous().data<double>().ToArray();
                    for (var i = 0; i < cosines.Length; i++)
                    {
                        scores[i % targets.Count, ordinals[i / targets.Count]] += (float)cosines[i];
                    }
                }, scores.Exclude, rows => task.Report(before + rows), cancellation);
                return wanted;
            });
        }

        scores.NameExcluded(documents, excluded, "its gradient is not finite at a checkpoint");
        return scores;
    }

    // Opens a checkpoint with its projection and second moments for one use.
    private Tensor At(TrajectoryPoint point, Func<GradientCapture, Projector, ModuleGradients, Tensor> use)
    {
        using var opened = point.Open();
        var model = opened.Capture.Model;
        using var projector = Projector.Random(model.Modules, rank, seed, model.DType, model.Device);
        using var moments = point.SecondMoments!();
        return use(opened.Capture, projector, moments);
    }

    // Rows of length 1; a row without any gradient stays 0, and scores 0.
    private static Tensor Unit(Tensor rows) => nn.functional.normalize(rows, p: 2, dim: 1, eps: 1e-300);
}
