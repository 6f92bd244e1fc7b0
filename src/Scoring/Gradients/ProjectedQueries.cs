namespace Tda.Scoring.Gradients;

/// <summary>Projected gradients of targets, without their full gradients.</summary>
public static class ProjectedQueries
{
    /// <summary>Means over each target's queries: float64 (targets, D), in the caller's dispose scope.</summary>
    public static Tensor Compute(
        GradientCapture capture, Projector projector, IRowSource queries, IReadOnlyList<Target> targets,
        Action<ExcludedDocument> excluded, CancellationToken cancellation)
    {
        var count = queries.DocumentCount;
        var perQuery = zeros([count, projector.Length], dtype: ScalarType.Float64);
        var finite = new bool[count];
        capture.ForEach(queries, LabelSource.True, batch =>
        {
            var projected = projector.Project(batch).to_type(ScalarType.Float64).cpu();
            for (var b = 0; b < batch.Rows.Count; b++)
            {
                var query = batch.Rows[b].Document;
                finite[query] = batch.Finite[b];
                if (finite[query])
                {
                    perQuery.select(0, query).copy_(projected.select(0, b));
                }
                else
                {
                    excluded(new ExcludedDocument(queries.IdOf(query), "query", ExcludedDocument.NotFinite));
                }
            }
        }, cancellation: cancellation);

        using var scope = NewDisposeScope();
        var weights = new double[targets.Count * count];
        for (var t = 0; t < targets.Count; t++)
        {
            var members = targets[t].Members.Where(q => finite[q]).ToArray();
            foreach (var q in members)
            {
                weights[t * count + q] += 1.0 / members.Length;
            }
        }
        return tensor(weights, [targets.Count, count], dtype: ScalarType.Float64).matmul(perQuery).MoveToOuterDisposeScope();
    }
}
