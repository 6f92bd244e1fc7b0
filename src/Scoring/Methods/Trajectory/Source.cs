using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods.Gradients;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>
/// Source (Bae et al. 2024, 2405.12186): training unrolled in L segments of constant curvature. A query's gradient v at the final weights
/// is walked back: for ℓ = L … 1
/// <list type="number">
/// <item><c>w = F_ℓ v</c>, what the steps of the segment add up to;</item>
/// <item>score += mean over the segment's checkpoints c of <c>w · ∇loss(m; θ_c)</c>;</item>
/// <item><c>v ← e^{−ηKσ} v</c>, the query as seen from the segment's beginning.</item>
/// </list>
/// Owns the segments' operators.
/// </summary>
/// <param name="name">Name in <see cref="InfluenceMethods"/>.</param>
/// <param name="final">Gradients at the final weights.</param>
/// <param name="n">Training rows.</param>
/// <param name="segments">Oldest first, all fitted.</param>
/// <param name="options">How many query gradients are held at a time.</param>
public sealed class Source(string name, GradientCapture final, long n, IReadOnlyList<Segment> segments, MethodOptions options) : IInfluence
{
    private const string NotFinite = ExcludedDocument.NotFinite;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long N => n;

    /// <summary>The damping of the last segment's inverse; empty for the exponential in the EK-FAC basis, which needs none.</summary>
    public IReadOnlyList<double> Damping => segments[^1].Operator!.Damping;

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => Normalisation.None;

    /// <inheritdoc/>
    /// <exception cref="UsageException">
    /// Any normalisation but none: the unrolled operator isn't symmetric, so it has no self-influence.
    /// </exception>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        if (normalisation != Normalisation.None)
        {
            throw new UsageException($"{name} has no self-influence to normalise by. Use --normalise none.");
        }

        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var modules = final.Model.Modules;
        foreach (var (first, group) in TargetGroups.Of(targets, options, modules, segments.Count + 1))
        {
            var wanted = group.SelectMany(t => t.Members).ToHashSet();
            using var gradients = QueryGradients.Compute(
                final, new RowFilter(queries, wanted.Contains), group,
                q => excluded(new ExcludedDocument(queries.IdOf(q), "query", NotFinite)), cancellation);
            WalkBack(gradients, documents, scores, first, progress, cancellation);
        }
        scores.NameExcluded(documents, excluded, NotFinite + " at a checkpoint");
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var s in segments)
        {
            s.Operator?.Dispose();
        }
    }

    private void WalkBack(
        ModuleGradients query, IRowSource documents, ScoreMatrix scores, int first, IProgressSink progress, CancellationToken cancellation)
    {
        using var task = progress.Start("Scores", (double)segments.Sum(s => s.Points.Count) * documents.RowCount, "rows");
        var v = query.Map((_, t) => t.clone());
        try
        {
            double before = 0;
            for (var l = segments.Count - 1; l >= 0; l--)
            {
                var (points, step) = (segments[l].Points, segments[l].Operator!);
                using var directions = new FullDirections(step.Integrate(v, cancellation));
                foreach (var point in points)
                {
                    using var opened = point.Open();
                    var part = new DocumentScorer(opened.Capture).Score(
                        documents, directions, null, rows => task.Report(before + rows), cancellation);
                    CheckpointTally.Add(scores, part, first, 1.0 / points.Count);
                    before += documents.RowCount;
                }
                if (l == 0)
                {
                    continue;
                }

                var back = step.StepBack(v);
                v.Dispose();
                v = back;
            }
        }
        finally
        {
            v.Dispose();
        }
    }
}
