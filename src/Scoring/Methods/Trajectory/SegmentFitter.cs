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
        var last = Pass(covariances, (fitter, report) =>
            fitter.Covariances(fitter.CovarianceRows(documents), progress: report, cancellation: cancellation));
        using var basis = last.Basis(covariances);
        Pass(eigenvalues, (fitter, report) => fitter.Eigenvalues(documents, basis, null, report, cancellation));
        return last.Finish(basis, covariances, eigenvalues);

        EkfacFitter Pass(CurvatureSums sums, Func<EkfacFitter, Action<double>, CurvatureSums> pass)
        {
            EkfacFitter? fitter = null;
            foreach (var point in segment.Points)
            {
                using var opened = point.Open();
                fitter = new EkfacFitter(opened.Capture, options);
                using var more = pass(fitter, rows => task.Report(before + rows));
                sums.Merge(more);
                before += documents.RowCount;
            }
            return fitter!;
        }
    }
}
