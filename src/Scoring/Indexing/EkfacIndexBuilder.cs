using Tda.Core.Artifacts;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using TorchSharp;

namespace Tda.Scoring.Indexing;

/// <summary>Makes an EK-FAC index.</summary>
internal static class EkfacIndexBuilder
{
    public static IndexInfo Build(
        ArtifactDirectory directory, GradientCapture capture, IRowSource rows, IndexInfo info, IndexOptions options,
        IProgressSink progress, CancellationToken cancellation)
    {
        var fit = FitRows(rows, options);
        var stage = Stage(directory, capture, options, progress);
        var sample = stage.CovarianceRows(fit);
        var all = ReferenceEquals(sample, fit);
        if (!all)
        {
            progress.Message($"Covariances are taken over {sample.RowCount:N0} of {fit.RowCount:N0} rows, eigenvalues over all.");
        }

        using var kept = stage.Kept(sample, fit);
        using var covariances = stage.Covariances(sample, kept, all, cancellation);
        if (covariances.Tokens == 0)
        {
            throw new TdaException(
                $"No document{(all ? "" : " of a sample")} of corpus {options.Corpus} has a finite gradient under surrogate {options.Surrogate}: the surrogate is damaged or its training diverged.");
        }

        using var basis = stage.Basis(covariances);
        using var eigenvalues = stage.Eigenvalues(fit, basis, kept, !all, cancellation);
        using var factors = stage.Finish(basis, covariances, eigenvalues);
        return info with
        {
            Labels = options.Labels,
            Sequences = factors.Sequences,
            Tokens = factors.Tokens,
            CovarianceRows = all ? null : sample.RowCount,
        };
    }

    public static FactorStage Stage(ArtifactDirectory directory, GradientCapture capture, IndexOptions options, IProgressSink progress) =>
        new(
        directory, capture,
        new EkfacOptions
        {
            Labels = options.Labels,
            DType = options.DoublePrecision ? torch.ScalarType.Float64 : torch.ScalarType.Float32,
            CovarianceTokens = options.CovarianceTokens,
            KeptBytes = (long)options.KeptMebibytes << 20,
        },
        options.ShardDocuments, progress);

    /// <summary>All documents, or a share of them drawn by a hash of id and seed.</summary>
    public static IRowSource FitRows(IRowSource rows, IndexOptions options)
    {
        if (options.FitShare == 1)
        {
            return rows;
        }

        var fit = new RowFilter(rows, d => RowKey.Uniform(options.Seed, RowKey.Of(rows.IdOf(d), 0), 0) < options.FitShare);
        return fit.RowCount > 0 ? fit : throw new UsageException(
            $"A fit share of {options.FitShare} leaves none of the {rows.DocumentCount} documents. Raise it.");
    }
}
