namespace Tda.Scoring.Index.Shards;

/// <summary>
/// What storage changes in scores, measured on a sample of rows before and after: every eighth row of the sample is a query, scored
/// against the others with the index's own curvature (damping factor .1).
/// </summary>
/// <param name="Rows">Rows of the sample.</param>
/// <param name="Queries">Those of them that were queries.</param>
/// <param name="RelativeError">‖stored − exact‖ / ‖exact‖ over all pairs of a query and another row.</param>
/// <param name="Spearman">Mean over queries of the rank correlation of the two rankings.</param>
public sealed record StorageLoss(int Rows, int Queries, double RelativeError, double Spearman)
{
    private const int Stride = 8;

    /// <summary>One line for people.</summary>
    public string Text(StorageType storage) => string.Create(
        CultureInfo.InvariantCulture,
        $"{storage.ToString().ToLowerInvariant()}: scores differ by {RelativeError:P2} from single precision's, " +
        $"rank correlation {Spearman:F4} ({Queries} × {Rows} rows)");

    /// <summary>Measures; null where nothing can be ranked, as with fewer than three rows.</summary>
    /// <param name="solver">The index's solver.</param>
    /// <param name="exact">Rows before (n, D).</param>
    /// <param name="stored">The same after (n, D).</param>
    public static StorageLoss? Measure(ProjectedSolver solver, Tensor exact, Tensor stored)
    {
        var rows = (int)exact.shape[0];
        if (rows < 3)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var (before, after) = (exact.to_type(ScalarType.Float64), stored.to_type(ScalarType.Float64));
        long[] queries = [.. Enumerable.Range(0, (rows + Stride - 1) / Stride).Select(i => (long)i * Stride)];
        var solved = solver.Solve(before.index_select(0, tensor(queries, [queries.Length], dtype: ScalarType.Int64)));
        var (a, b) = (Products(before), Products(after));
        double[] Products(Tensor numbers) => solved.matmul(numbers.transpose(0, 1)).contiguous().data<double>().ToArray();
        double difference = 0, size = 0;
        var correlations = new List<double>();
        for (var q = 0; q < queries.Length; q++)
        {
            int[] others = [.. Enumerable.Range(0, rows).Where(r => r != queries[q])];
            double[] x = [.. others.Select(r => a[(q * rows) + r])], y = [.. others.Select(r => b[(q * rows) + r])];
            for (var i = 0; i < x.Length; i++)
            {
                (difference, size) = (difference + ((y[i] - x[i]) * (y[i] - x[i])), size + (x[i] * x[i]));
            }

            correlations.Add(Correlation.Spearman(x, y));
        }
        // A query whose scores are all the same ranks nothing.
        correlations.RemoveAll(double.IsNaN);
        return correlations.Count == 0
            ? null
            : new StorageLoss(rows, queries.Length, size > 0 ? Math.Sqrt(difference / size) : 0, correlations.Average());
    }
}
