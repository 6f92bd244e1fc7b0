using Tda.ProxyTrainer.Distillation;
using TorchSharp;

namespace Tda.Scoring.Index;

/// <summary>
/// Makes an EK-FAC index. The passes of the fit have a checkpoint a shard of documents: a killed run goes on after the last shard, and
/// gives bit for bit what an uninterrupted one gives, since batches never cross shards.
/// </summary>
internal sealed class EkfacIndexBuilder(
    ArtifactDirectory directory, GradientCapture capture, IndexOptions options, IProgressSink progress)
{
    private readonly EkfacFitter _fitter = new(capture, new EkfacOptions
    {
        Labels = options.Labels,
        DType = options.DoublePrecision ? torch.ScalarType.Float64 : torch.ScalarType.Float32,
        CovarianceTokens = options.CovarianceTokens,
        VocabularyBasis = options.VocabularyBasis,
        KeptBytes = (long)options.KeptMebibytes << 20,
    });

    /// <summary>Fits and writes the factors.</summary>
    public IndexInfo Build(IRowSource rows, IndexInfo info, CancellationToken cancellation)
    {
        var fit = FitRows(rows);
        if (options.FactorsFromTraining)
        {
            return FromTraining(fit, info, cancellation);
        }

        var sample = _fitter.CovarianceRows(fit);
        var all = ReferenceEquals(sample, fit);
        if (!all)
        {
            progress.Message($"Covariances are taken over {sample.RowCount:N0} of {fit.RowCount:N0} rows, eigenvalues over all.");
        }

        using var kept = _fitter.Kept(sample, fit);
        using var covariances = Covariances(sample, kept, all, cancellation);
        if (covariances.Tokens == 0)
        {
            throw NoGradient(all ? "" : " of a sample");
        }

        using var basis = _fitter.Basis(covariances);
        using var eigenvalues = Accumulate(
            IndexDirectory.EigenvaluesFile, "Eigenvalues", fit, names: !all,
            (slice, apart, report) => _fitter.Eigenvalues(slice, basis, apart, report, cancellation, kept), cancellation);
        using var factors = _fitter.Finish(basis, covariances, eigenvalues);
        FactorFile.Save(directory.PathOf(IndexDirectory.FactorsFile), factors);
        return info with
        {
            Labels = options.Labels,
            Sequences = factors.Sequences,
            Tokens = factors.Tokens,
            CovarianceRows = all ? null : sample.RowCount,
        };
    }

    // One pass where there are two, and no eigendecomposition.
    private IndexInfo FromTraining(IRowSource rows, IndexInfo info, CancellationToken cancellation)
    {
        using var basis = TrainingBasis.Read(Surrogate.Open(options.Home.SurrogateDirectory(options.Surrogate)), options.Member, capture.Model.Modules);
        using var none = new CurvatureSums();
        using var eigenvalues = Accumulate(
            IndexDirectory.EigenvaluesFile, "Eigenvalues", rows, names: true,
            (slice, apart, report) => _fitter.Eigenvalues(slice, basis, apart, report, cancellation), cancellation);
        if (eigenvalues.Sequences == 0)
        {
            throw NoGradient("");
        }

        using var factors = _fitter.Finish(basis, none, eigenvalues);
        FactorFile.Save(directory.PathOf(IndexDirectory.FactorsFile), factors);
        return info with { Labels = options.Labels, Sequences = factors.Sequences, FactorsFromTraining = true };
    }

    private TdaException NoGradient(string of) => new(
        $"No document{of} of corpus {options.Corpus} has a finite gradient under surrogate " +
        $"{options.Surrogate}: the surrogate is damaged or its training diverged.");

    /// <summary>The eigenbases of the covariances alone, which PCA projections are made of. Owned by the caller.</summary>
    public KroneckerBasis Basis(IRowSource rows, CancellationToken cancellation)
    {
        using var covariances = Covariances(FitRows(rows), kept: null, names: true, cancellation);
        return _fitter.Basis(covariances);
    }

    // All documents, or a share of them drawn by a hash of id and seed.
    private IRowSource FitRows(IRowSource rows)
    {
        if (options.FitShare == 1)
        {
            return rows;
        }

        var fit = new RowFilter(rows, d => RowKey.Uniform(options.Seed, RowKey.Of(rows.IdOf(d), 0), 0) < options.FitShare);
        return fit.RowCount > 0 ? fit : throw new UsageException(
            $"A fit share of {options.FitShare} leaves none of the {rows.DocumentCount} documents. Raise it.");
    }

    private CurvatureSums Covariances(IRowSource rows, KeptBatches? kept, bool names, CancellationToken cancellation) => Accumulate(
        IndexDirectory.CovariancesFile, "Covariances", rows, names,
        (slice, apart, report) => _fitter.Covariances(slice, apart, report, cancellation, kept), cancellation);

    // The pass that sees all rows names the documents that have no finite gradient.
    private CurvatureSums Accumulate(
        string file, string name, IRowSource rows, bool names, Func<IRowSource, Action<int>?, Action<double>, CurvatureSums> pass,
        CancellationToken cancellation)
    {
        var path = directory.PathOf(file);
        var (sums, done) = File.Exists(path) ? FactorFile.LoadSums(path) : (new CurvatureSums(), 0);
        try
        {
            using var task = progress.Start(name, rows.RowCount, "rows");
            double before = RowFilter.Documents(rows, 0, done).RowCount;
            for (var first = done; first < rows.DocumentCount; first = done)
            {
                cancellation.ThrowIfCancellationRequested();
                done = Math.Min(first + options.ShardDocuments, rows.DocumentCount);
                var slice = RowFilter.Documents(rows, first, done);
                var start = before;
                var apart = new SortedSet<int>();
                using (var shard = pass(slice, names ? d => apart.Add(d) : null, rowsDone => task.Report(start + rowsDone)))
                {
                    sums.Merge(shard);
                }

                if (apart.Count > 0)
                {
                    JsonLines.Write(
                        directory.PathOf($"excluded-factors-{first / options.ShardDocuments:D5}.jsonl"),
                        apart.Select(d => new ExcludedDocument(rows.IdOf(d), "factors", ExcludedDocument.NotFinite)));
                }

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
