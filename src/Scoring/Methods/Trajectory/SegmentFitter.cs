namespace Tda.Scoring.Methods.Trajectory;

/// <summary>
/// Curvature of a stretch of training (Bae et al. 2024, 2405.12186): covariances averaged over its checkpoints into one basis, and the
/// eigenvalues revisited in that basis at every checkpoint. Two passes over the documents a checkpoint.
/// </summary>
public sealed class SegmentFitter(IRowSource documents, EkfacOptions options, IProgressSink progress, CancellationToken cancellation)
{
    /// <summary>Factors of a segment; the caller owns them. Rows that aren't finite are left out, as in every fit.</summary>
    public EkfacFactors Fit(Segment segment)
    {
        using var task = progress.Start("Curvature", 2.0 * segment.Points.Count * documents.RowCount, "rows");
        using var covariances = new CurvatureSums();
        using var eigenvalues = new CurvatureSums();
        double before = 0;
        KroneckerBasis? basis = null;
        EkfacFitter? last = null;
        try
        {
            Visit(segment, fitter =>
            {
                using var sums = fitter.Covariances(fitter.CovarianceRows(documents), progress: rows => task.Report(before + rows), cancellation: cancellation);
                covariances.Merge(sums);
                before += documents.RowCount;
                last = fitter;
            });
            basis = last!.Basis(covariances);
            Visit(segment, fitter =>
            {
                using var sums = fitter.Eigenvalues(documents, basis, null, rows => task.Report(before + rows), cancellation);
                eigenvalues.Merge(sums);
                before += documents.RowCount;
            });
            return last.Finish(basis, covariances, eigenvalues);
        }
        finally
        {
            basis?.Dispose();
        }
    }

    /// <summary>Mean of the second moments over a segment's checkpoints, (1, out, columns) a module; the caller owns them.</summary>
    /// <exception cref="UsageException">A checkpoint has none.</exception>
    public static ModuleGradients SecondMoments(Segment segment)
    {
        ModuleGradients? sum = null;
        foreach (var point in segment.Points)
        {
            if (point.SecondMoments is null)
            {
                throw new UsageException($"The checkpoint of step {point.Step} has no second moments: distil with --optimizer adamw.");
            }

            var more = point.SecondMoments();
            if (sum is null)
            {
                sum = more;
                continue;
            }
            using (more)
            {
                for (var m = 0; m < sum.Modules.Count; m++)
                {
                    sum.Tensors[m].add_(more.Tensors[m]);
                }
            }
        }
        foreach (var t in sum!.Tensors)
        {
            t.div_(segment.Points.Count);
        }

        return sum;
    }

    private void Visit(Segment segment, Action<EkfacFitter> visit)
    {
        foreach (var point in segment.Points)
        {
            using var opened = point.Open();
            visit(new EkfacFitter(opened.Capture, options));
        }
    }
}
