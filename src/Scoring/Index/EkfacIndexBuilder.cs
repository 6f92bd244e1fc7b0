using Tda.Core.Artifacts;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using TorchSharp;

namespace Tda.Scoring.Index;

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

/// <summary>
/// The passes of an EK-FAC fit with a checkpoint a shard of documents: a killed run goes on after the last shard, and gives
/// bit for bit what an uninterrupted one gives, since batches never cross shards.
/// </summary>
internal sealed class FactorStage(
    ArtifactDirectory directory, GradientCapture capture, EkfacOptions options, int shardDocuments, IProgressSink progress)
{
    private readonly EkfacFitter _fitter = new(capture, options);

    /// <summary>The rows that pass 1 is to see: <paramref name="rows"/> itself, or a sample of them.</summary>
    public IRowSource CovarianceRows(IRowSource rows) => _fitter.CovarianceRows(rows);

    /// <summary>Room for what pass 1 captures, when pass 2 sees the same rows.</summary>
    public KeptBatches Kept(IRowSource covarianceRows, IRowSource rows) => _fitter.Kept(covarianceRows, rows);

    /// <summary>Pass 1. The pass that sees all rows names the documents that have no finite gradient.</summary>
    public CurvatureSums Covariances(IRowSource rows, KeptBatches? kept, bool names, CancellationToken cancellation) => Accumulate(
        IndexDirectory.CovariancesFile, "Covariances", rows, names,
        (slice, apart, report) => _fitter.Covariances(slice, apart, report, cancellation, kept), cancellation);

    /// <summary>The basis of pass 1's sums.</summary>
    public KroneckerBasis Basis(CurvatureSums covariances) => _fitter.Basis(covariances);

    /// <summary>Pass 2.</summary>
    public CurvatureSums Eigenvalues(IRowSource rows, KroneckerBasis basis, KeptBatches kept, bool names, CancellationToken cancellation) => Accumulate(
        IndexDirectory.EigenvaluesFile, "Eigenvalues", rows, names,
        (slice, apart, report) => _fitter.Eigenvalues(slice, basis, apart, report, cancellation, kept), cancellation);

    /// <summary>Basis and eigenvalues as factors, written to disk.</summary>
    public EkfacFactors Finish(KroneckerBasis basis, CurvatureSums covariances, CurvatureSums eigenvalues)
    {
        var factors = _fitter.Finish(basis, covariances, eigenvalues);
        FactorFile.Save(directory.PathOf(IndexDirectory.FactorsFile), factors);
        return factors;
    }

    private CurvatureSums Accumulate(
        string file, string name, IRowSource rows, bool names, Func<IRowSource, Action<int>?, Action<double>, CurvatureSums> pass,
        CancellationToken cancellation)
    {
        var path = directory.PathOf(file);
        var (sums, done) = File.Exists(path) ? FactorFile.LoadSums(path) : (new CurvatureSums(), 0);
        try
        {
            using var task = progress.Start(name, rows.RowCount, "rows");
            double before = new RowSlice(rows, 0, done).RowCount;
            while (done < rows.DocumentCount)
            {
                cancellation.ThrowIfCancellationRequested();
                var slice = new RowSlice(rows, done, Math.Min(done + shardDocuments, rows.DocumentCount));
                var start = before;
                var apart = new SortedSet<int>();
                using (var shard = pass(slice, names ? d => apart.Add(d) : null, rowsDone => task.Report(start + rowsDone)))
                {
                    sums.Merge(shard);
                }

                if (apart.Count > 0)
                {
                    JsonLines.Write(
                        directory.PathOf($"excluded-factors-{done / shardDocuments:D5}.jsonl"),
                        apart.Select(d => new ExcludedDocument(rows.IdOf(d), "factors", ExcludedDocument.NotFinite)));
                }

                done = Math.Min(done + shardDocuments, rows.DocumentCount);
                before += slice.RowCount;
                FactorFile.SaveSums(path, sums, done);
            }
            return sums;
        }
        catch
        {
            sums.Dispose();
            throw;
        }
    }
}
