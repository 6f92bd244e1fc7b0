namespace Tda.Scoring.Attribution.Queries;

/// <summary>Gradients of targets: the mean over a target's queries of the gradient of the summed completion-token loss.</summary>
public static class QueryGradients
{
    /// <summary>
    /// One gradient a target. Rows are indexed by query (<see cref="TokenRow.Document"/> = the query's ordinal).
    /// A query whose gradient isn't finite is handed to <paramref name="excluded"/> and left out of its targets' means.
    /// </summary>
    /// <returns>(targets, out, columns) a module; all zero for a target that has lost every query.</returns>
    public static ModuleGradients Compute(
        GradientCapture capture, IRowSource queries, IReadOnlyList<Target> targets, Action<int>? excluded = null,
        CancellationToken cancellation = default)
    {
        var model = capture.Model;
        var sums = ModuleGradients.Zeros(model.Modules, targets.Count, model.DType, model.Device);
        var targetsOf = targets.SelectMany((target, t) => target.Members.Select(q => (Query: q, Target: t)))
            .ToLookup(x => x.Query, x => x.Target);
        var counts = new int[targets.Count];
        capture.ForEach(queries, LabelSource.True, batch =>
        {
            for (var b = 0; b < batch.Rows.Count; b++)
            {
                if (!batch.Finite[b])
                {
                    excluded?.Invoke(batch.Rows[b].Document);
                    continue;
                }
                foreach (var target in targetsOf[batch.Rows[b].Document])
                {
                    counts[target]++;
                }
            }
            Accumulate(batch, targetsOf, sums);
        }, cancellation: cancellation);
        using (sums)
        {
            return sums.Map((_, t) => t.div(Counts(counts, model)));
        }
    }

    /// <summary>The same over all rows of queries that some target has; what is left out is named to <paramref name="excluded"/>.</summary>
    public static ModuleGradients Compute(
        GradientCapture capture, IRowSource queries, IReadOnlyList<Target> targets, Action<ExcludedDocument> excluded, CancellationToken cancellation)
    {
        var wanted = targets.SelectMany(t => t.Members).ToHashSet();
        return Compute(
            capture, new RowFilter(queries, wanted.Contains), targets,
            q => excluded(new ExcludedDocument(queries.IdOf(q), "query", ExcludedDocument.NotFinite)), cancellation);
    }

    /// <summary>
    /// Targets in groups whose gradients fit in <see cref="MethodOptions.QueryElements"/>, each with the ordinal of its first.
    /// </summary>
    /// <param name="targets">All targets.</param>
    /// <param name="options">The budget.</param>
    /// <param name="modules">Whose gradients are held.</param>
    /// <param name="copies">Gradients held per target.</param>
    internal static IEnumerable<(int First, Target[] Members)> Groups(
        IReadOnlyList<Target> targets, MethodOptions options, IReadOnlyList<ModuleShape> modules, int copies = 1)
    {
        var size = (int)Math.Clamp(options.QueryElements / (modules.Sum(m => m.Elements) * copies), 1, int.MaxValue);
        return targets.Chunk(size).Select((group, i) => (i * size, group));
    }

    private static Tensor Counts(int[] counts, ICaptureModel model) =>
        tensor(counts.Select(c => (double)Math.Max(1, c)).ToArray(), [counts.Length, 1, 1], dtype: ScalarType.Float64).to_type(model.DType).to(model.Device);

    // All of a target's rows in one product: Σ over rows and tokens of s aᵀ, without a gradient per row.
    private static void Accumulate(CapturedBatch batch, ILookup<int, int> targetsOf, ModuleGradients sums)
    {
        var byTarget = batch.Rows.SelectMany((row, b) => targetsOf[row.Document].Select(t => (t, b))).GroupBy(x => x.t, x => (long)x.b);
        foreach (var group in byTarget)
        {
            using var scope = NewDisposeScope();
            var members = group.ToArray();
            var all = members.Length == batch.Rows.Count;
            var rows = tensor(members, [members.Length], dtype: ScalarType.Int64, device: batch.TokenLosses.device);
            for (var m = 0; m < sums.Modules.Count; m++)
            {
                sums.Tensors[m].select(0, group.Key).add_((all ? batch.Layers[m] : batch.Layers[m].Select(rows)).Sum());
            }
        }
    }
}
