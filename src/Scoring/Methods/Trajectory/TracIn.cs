using Tda.Scoring.Methods.InfluenceFunctions;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>
/// TracIn (Pruthi et al. 2020, 2002.08484): <c>Σ_c η_c K_c ∇f(θ_c)·∇loss(m; θ_c)</c> over checkpoints c, each standing for the K_c
/// steps that lead to it. The paper's checkpoints lie equally far apart, where K is a constant; with it, score/N is in nats: what
/// the steps' first-order effects of one of N documents add up to.
/// </summary>
/// <param name="points">Checkpoints, oldest first, at least one.</param>
/// <param name="n">Training rows.</param>
/// <param name="options">How many query gradients are held at a time.</param>
public sealed class TracIn(IReadOnlyList<TrajectoryPoint> points, long n, MethodOptions options) : IInfluence
{
    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "tracin",
        Family = MethodFamily.Trajectory,
        Summary = "gradient products over checkpoints, weighted by the learning rate",
        Needs = MethodNeeds.Checkpoints,
        Create = setup => new TracIn(setup.Context.Trajectory, setup.Context.Documents.RowCount, setup.Options),
    };

    /// <inheritdoc/>
    public string Name => "tracin";

    /// <inheritdoc/>
    public long N => n;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        // A query that one checkpoint can't differentiate is left out at all of them: else a target would change its meaning on the way.
        var apart = new SortedSet<int>();
        using var task = progress.Start("Scores", (double)points.Count * documents.RowCount, "rows");
        ScoreMatrix? scores;
        while ((scores = Walk(documents, queries, targets, normalisation, apart, task, cancellation)) is null)
        {
        }
        foreach (var q in apart)
        {
            excluded(new ExcludedDocument(queries.IdOf(q), "query", "its gradient is not finite at a checkpoint"));
        }

        scores.NameExcluded(documents, excluded, "its gradient is not finite at a checkpoint");
        return scores;
    }

    // Null when a query turned out to have no gradient: it is in apart now.
    private ScoreMatrix? Walk(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation, SortedSet<int> apart,
        IProgressTask task, CancellationToken cancellation)
    {
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var documentSelf = new double[documents.DocumentCount];
        var targetSelf = new double[targets.Count];
        for (var c = 0; c < points.Count; c++)
        {
            using var opened = points[c].Open();
            using var identity = new IdentityPreconditioner(opened.Capture.Model.Modules);
            var weight = points[c].EffectiveRate * points[c].Steps;
            var rowsBefore = (double)c * documents.RowCount;
            foreach (var (first, group) in QueryGradients.Groups(targets, options, identity.Modules))
            {
                var before = apart.Count;
                var wanted = group.SelectMany(t => t.Members).Where(q => !apart.Contains(q)).ToHashSet();
                using var gradients = QueryGradients.Compute(
                    opened.Capture, new RowFilter(queries, wanted.Contains), Without(group, apart), q => apart.Add(q), cancellation);
                if (apart.Count > before)
                {
                    return null;
                }

                for (var t = 0; t < group.Length; t++)
                {
                    targetSelf[first + t] += weight * SquaredNorm(gradients, t);
                }

                using var directions = new FullDirections(gradients.Map((_, g) => g.mul(weight)));
                var scorer = new DocumentScorer(opened.Capture);
                var self = normalisation != Normalisation.None && first == 0 ? identity : null;
                var part = scorer.Score(documents, directions, self, rows => task.Report(rowsBefore + rows), cancellation);
                scores.Add(part, first, 1);
                for (var d = 0; self is not null && d < documentSelf.Length; d++)
                {
                    documentSelf[d] += weight * scorer.SelfInfluence![d];
                }
            }
        }
        Normaliser.Apply(scores, normalisation, documentSelf, targetSelf);
        return scores;
    }

    private static Target[] Without(Target[] group, SortedSet<int> apart) =>
        [.. group.Select(t => t with { Members = [.. t.Members.Where(q => !apart.Contains(q))] })];

    private static double SquaredNorm(ModuleGradients gradients, int target)
    {
        using var scope = NewDisposeScope();
        return gradients.Tensors.Sum(t => t.select(0, target).to_type(ScalarType.Float64).square().sum().item<double>());
    }
}
