using System.Diagnostics;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Replay;

namespace Tda.Scoring.Planning;

/// <summary>
/// Says before a job what it will need. Bytes come from the shapes and the corpus's counted tokens, times from a short measurement on
/// this machine as it is now.
/// </summary>
public static class Planner
{
    /// <exception cref="UsageException">Options out of range.</exception>
    /// <exception cref="BadInputException">Corpus or surrogate missing or damaged.</exception>
    public static Plan Run(PlanOptions options, IProgressSink progress, CancellationToken cancellation = default)
    {
        options.Validate();
        var started = Stopwatch.GetTimestamp();
        using var surrogate = OpenedSurrogate.Open(options.Home, options.Surrogate, parameters: options.Parameters);
        var corpus = Corpus.Open(options.Home.CorpusDirectory(options.Corpus));
        var config = surrogate.Model.Config;
        var opening = Stopwatch.GetElapsedTime(started);
        // Tokens are kept: the job finds them.
        var tokens = TokenizedCorpusWriter.Write(corpus, surrogate.Tokenizer, progress, cancellation);
        started = Stopwatch.GetTimestamp();
        using var rows = new CorpusRows(corpus, tokens, config.MaxPositions);
        opening += Stopwatch.GetElapsedTime(started);
        options = options with { BatchTokens = BatchPlan.Capture(surrogate.Model, rows.LongestRow, options.BatchTokens, progress, options.Track) };
        var capture = new GradientCapture(
            new LanguageModelCapture(surrogate.Model, options.Track), new CaptureOptions { BatchTokens = options.BatchTokens });
        var modules = capture.Model.Modules;
        Throughput? rates = null;
        if (options.ProbeTokens > 0 && rows.RowCount > 0)
        {
            progress.Message($"Measuring this machine on about {Math.Min(options.ProbeTokens, rows.LabelTokens):N0} tokens.");
            using var projector = Projector.Random(modules, options.Rank, 0, capture.Model.DType, capture.Model.Device);
            rates = ThroughputProbe.Run(capture, projector, options.Fit, rows, options.ProbeTokens, cancellation);
        }

        var (lines, disk) = (DiskPlan.Lines(rows), DiskPlan.Scores(options.Queries, rows) + DiskPlan.Ranking(options.Queries, options.Top, rows));
        // The largest batch that there is, padding included; one of queries is no larger.
        var atOnce = RowBatches.Plan(rows, options.BatchTokens)
            .Max(batch => (long?)batch.Rows.Count * batch.Rows.Max(rows.PositionsOf)) ?? options.BatchTokens;
        var model = MemoryEstimate.Capture(config, atOnce, surrogate.Model.Place, options.Track).Total;
        // Answers are also predicted by an untrained model, before their gradients are taken.
        var asking = Math.Max(model, 2 * MemoryEstimate.Capture(config, 0, surrogate.Model.Place).Weights);
        List<JobPlan> jobs =
        [
            Ekfac(options, modules, rows, model, rates),
        ];
        foreach (var storage in Enum.GetValues<StorageType>())
        {
            var ranks = modules.Select(m => new ModuleRanks(Math.Min(options.Rank, m.Outputs), Math.Min(options.Rank, m.Columns)));
            var layout = new StoreLayout([.. ranks], storage, options.FactorRank);
            jobs.Add(Index(options, layout, modules, rows, lines, model, rates));
            jobs.Add(Score(options, layout, rows, disk, asking, rates));
        }
        jobs.Add(new(
            $"score ekfac, {options.Queries} queries", disk,
            // A query's gradient beside the preconditioned one.
            asking + (options.Queries * ((2 * modules.Sum(m => m.Elements)) + rows.DocumentCount) * sizeof(float)),
            (rows.LabelTokens / rates?.TrainingTokensPerSecond) + Asked(options, rows, rates)));
        // Harm and safe, their difference, which ranks all documents, and four numbers a token.
        jobs.Add(new(
            $"guide ekfac, {options.Queries} queries",
            DiskPlan.Scores(3, rows) + DiskPlan.Ranking(1, rows.DocumentCount, rows) + (rows.LabelTokens * 4L * sizeof(int)),
            asking + (2L * modules.Sum(m => m.Elements) * sizeof(float)) + (3L * rows.LabelTokens * sizeof(float)),
            (rows.LabelTokens / rates?.TrainingTokensPerSecond) + Asked(options, rows, rates)));
        jobs.AddRange(ReplayEstimate.Of(options, surrogate, rows, disk));
        // Every job opens the same files and has a first batch. Scores that are read from a small store take hardly anything beside.
        jobs = jobs.ConvertAll(job => job with { Seconds = job.Seconds + opening.TotalSeconds + rates?.FirstBatchSeconds });
        return new Plan(corpus.Name, surrogate.Name, config.ParameterCount, rows.DocumentCount, rows.RowCount, rows.LabelTokens, jobs, rates);
    }

    // Factors in single precision; the two passes' sums, in double, are kept beside them, and of the pass under way once more in single; and
    // what the first captured.
    private static JobPlan Ekfac(PlanOptions options, IReadOnlyList<ModuleShape> modules, CorpusRows rows, long model, Throughput? rates)
    {
        var numbers = modules.Sum(m => FactorShapes.Numbers(FactorShapes.Sums(m, options.Fit)) + m.Elements);
        return new(
            "index ekfac", DiskPlan.Ekfac(modules, options.Fit, rows),
            model + Kept(options, modules, rows, Covariances(options, modules, rows)) + (numbers * ((2 * sizeof(double)) + sizeof(float))),
            rates is null ? null : EkfacSeconds(options, modules, rows, rates));
    }

    /// <summary>The first pass, over a sample of a larger corpus; the bases; the second pass, which needn't capture again what was kept.</summary>
    internal static double EkfacSeconds(PlanOptions options, IReadOnlyList<ModuleShape> modules, CorpusRows rows, Throughput rates)
    {
        if (options.FactorsFromTraining)
        {
            return rows.LabelTokens / rates.EigenvalueTokensPerSecond;
        }

        var sample = Covariances(options, modules, rows);
        var labels = Enumerable.Range(0, sample.RowCount).Sum(r => (long)sample.PositionsOf(r));
        var again = rows.LabelTokens * (double)Kept(options, modules, rows, sample) / Math.Max(1, Captured(modules, rows));
        // Rates are probed one after another: on a busy machine they can contradict each other, but no pass takes less than nothing.
        return (labels / rates.CovarianceTokensPerSecond) + rates.BasisSeconds
            + Math.Max(0, (rows.LabelTokens / rates.EigenvalueTokensPerSecond) - (again / rates.TrainingTokensPerSecond));
    }

    private static IRowSource Covariances(PlanOptions options, IReadOnlyList<ModuleShape> modules, CorpusRows rows) =>
        CovarianceSample.Of(rows, modules, options.Fit, seed: 0);

    private static long Captured(IReadOnlyList<ModuleShape> modules, CorpusRows rows) =>
        rows.LabelTokens * modules.Sum(m => m.Captured) * sizeof(float);

    // Batches are kept of a corpus that the first pass takes whole.
    private static long Kept(PlanOptions options, IReadOnlyList<ModuleShape> modules, CorpusRows rows, IRowSource sample) =>
        ReferenceEquals(rows, sample) ? Math.Min((long)options.KeptMebibytes << 20, Captured(modules, rows)) : 0;

    private static JobPlan Index(
        PlanOptions options, StoreLayout layout, IReadOnlyList<ModuleShape> modules, CorpusRows rows, long lines, long model, Throughput? rates)
    {
        var lorif = layout.Storage == StorageType.Lorif;
        var shards = (rows.DocumentCount + options.ShardDocuments - 1) / options.ShardDocuments;
        var projections = sizeof(double)
            * modules.Zip(layout.Modules, (m, kept) => (m.Columns * (long)kept.Input) + (m.Outputs * (long)kept.Output)).Sum();
        // LoGra: outer products. LoRIF: eigenvectors, eigenvalues and a trace.
        var curvature = sizeof(double) * layout.Modules.Sum(
            m => lorif ? ((m.Length + 1L) * Math.Min(options.CurvatureRank, m.Length)) + 1 : (long)m.Length * m.Length);
        // A shard's rows in single precision, twice while they are put in order.
        var rowsAShard = (long)Math.Ceiling(rows.RowCount / (double)Math.Max(1, shards));
        var memory = model + (2 * rowsAShard * layout.Numbers * sizeof(float)) + projections + (2 * curvature);
        // LoRIF reads its rows once for the trace and three times for the SVD of each layer.
        var scan = (double)rows.RowCount * layout.Length * sizeof(float) / rates?.ScanBytesPerSecond;
        return new(
            $"index {Name(layout)}", DiskPlan.Logra(options, layout, modules, rows, lines), memory,
            (rows.LabelTokens / rates?.LoggingTokensPerSecond) + ((lorif ? 4 : 1) * scan));
    }

    private static JobPlan Score(PlanOptions options, StoreLayout layout, CorpusRows rows, long disk, long model, Throughput? rates)
    {
        var seconds = rates is null ? null
            : Asked(options, rows, rates) + Math.Max(
                (double)rows.RowCount * layout.RowBytes / rates.ScanBytesPerSecond,
                2.0 * rows.RowCount * layout.Length * options.Queries / rates.ProductsPerSecond);
        var memory = model + (3L * options.Queries * layout.Length * sizeof(double))
            + (2L * BlockReader.Rows(layout) * layout.Length * sizeof(float)) + (2L * rows.DocumentCount * sizeof(float));
        return new($"score {Name(layout)}, {options.Queries} queries", disk, memory, seconds);
    }

    // A query is a row, of which the loss is taken for its certificate and then the gradient.
    private static double? Asked(PlanOptions options, CorpusRows rows, Throughput? rates) =>
        2.0 * options.Queries * rows.LabelTokens / Math.Max(1, rows.RowCount) / rates?.TrainingTokensPerSecond;

    private static string Name(StoreLayout layout) =>
        layout.Storage == StorageType.Lorif ? "lorif" : $"logra {layout.Storage.ToString().ToLowerInvariant()}";
}

/// <summary>What a corpus under a surrogate will need.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="Surrogate">The surrogate.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Documents">Documents, counted.</param>
/// <param name="Rows">Rows of the surrogate's context, counted.</param>
/// <param name="Tokens">Label tokens, counted.</param>
/// <param name="Jobs">Job by job.</param>
/// <param name="Throughput">The probe; null without one.</param>
public sealed record Plan(
    string Corpus, string Surrogate, long Parameters, int Documents, int Rows, long Tokens, IReadOnlyList<JobPlan> Jobs, Throughput? Throughput);
