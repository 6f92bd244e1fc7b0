using Tda.Bench.Gateway;
using Tda.Bench.Running;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.Bench.Verbs;

/// <summary>
/// What gradients per example and an EK-FAC fit cost beside one plain forward and backward pass over the same batches; and how the fit's
/// time and memory grow with the corpus and the model.
/// </summary>
internal sealed class CaptureBenchmark : IBenchmark
{
    /// <summary>Tokens a batch, an index's default.</summary>
    public const int BatchTokens = 2_048;

    private const int Rank = 16;

    // A run of the largest takes minutes, and differences of a few per cent are not what growth is about.
    private const int GrowthRounds = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    public string Name => "capture";

    public string Description => "Gradient capture, LoGra (rank 16) and the EK-FAC fit against plain forward and backward passes over the same batches; growth of the fit.";

    public async IAsyncEnumerable<CaseResult> RunAsync(BenchOptions options)
    {
        foreach ((var name, var config) in Shapes.All)
        {
            if (options.Wants(name))
            {
                yield return await MeasureAsync(name, config, options).ConfigureAwait(false);
            }
        }

        foreach ((var shape, var tokens) in Growth(options.Quick))
        {
            var name = $"growth, {shape}, {tokens} tokens";
            if (options.Wants(name))
            {
                yield return await GrowthAsync(name, shape, tokens, options).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Full rows of the context.</summary>
    public static MemoryRows RowsOf(TrainingExample[] examples) =>
        MemoryRows.FromTokens([.. examples.Select((_, i) => $"d{i}")], [.. examples.Select(example => example.Tokens)]);

    // The surrogate's size and the corpus's; last the wide shape, of which the other corpora stand above.
    private static IEnumerable<(string Shape, int Tokens)> Growth(bool quick)
    {
        foreach (var width in quick ? [48, 96] : Shapes.GrowthWidths)
        {
            foreach (var tokens in quick ? [4_096, 8_192] : Shapes.GrowthTokens)
            {
                yield return ($"llama {width}", tokens);
            }
        }

        if (!quick)
        {
            yield return ("gpt2 160", Shapes.GrowthTokens[^1]);
        }
    }

    private static async Task<CaseResult> MeasureAsync(string name, ModelConfig config, BenchOptions options)
    {
        // The fit's eigendecompositions don't grow with the corpus: on a few thousand tokens they would be most of it.
        var batches = options.Quick ? 2 : 16;
        var examples = Shapes.Examples(config, batches * BatchTokens / Shapes.Context);
        var rows = RowsOf(examples);
        using var model = LanguageModel.Create(config, seed: 1);
        var captured = new LanguageModelCapture(model);
        var capture = new GradientCapture(captured, new CaptureOptions { BatchTokens = BatchTokens });
        using var projector = Projector.Random(captured.Modules, Rank, seed: 0, model.DType, model.Device);
        var rounds = await Rounds.RunAsync(
            options.Rounds,
            new LocalContender("forward and backward", () => Plain(model, examples)),
            new LocalContender("capture", () => capture.ForEach(rows, LabelSource.True, _ => { })),
            new LocalContender("logra", () => capture.ForEach(rows, LabelSource.True, batch => Projected(projector, batch))),
            new LocalContender("ekfac fit", () => Fit(capture, rows, 0)),
            new LocalContender("ekfac fit, sampled covariances", () => Fit(capture, rows, IndexOptions.DefaultCovarianceTokens))).ConfigureAwait(false);
        return CaseResult.Of(
            name,
            examples.Length * Shapes.Context,
            "tokens",
            rounds,
            ("capture", "forward and backward"),
            ("logra", "forward and backward"),
            ("ekfac fit", "forward and backward"),
            ("ekfac fit, sampled covariances", "forward and backward"));
    }

    private static async Task<CaseResult> GrowthAsync(string name, string shape, int tokens, BenchOptions options)
    {
        var config = Shapes.Sized(shape);
        var examples = Shapes.Examples(config, tokens / Shapes.Context);
        var rows = RowsOf(examples);
        using var model = LanguageModel.Create(config, seed: 1);
        var capture = new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = BatchTokens });
        var rounds = await Rounds.RunAsync(
            Math.Min(options.Rounds, GrowthRounds),
            new LocalContender("forward and backward", () => Plain(model, examples)),
            new LocalContender("capture", () => capture.ForEach(rows, LabelSource.True, _ => { })),
            new LocalContender("ekfac fit", () => Fit(capture, rows, 0)),
            new LocalContender("ekfac fit, sampled covariances", () => Fit(capture, rows, IndexOptions.DefaultCovarianceTokens))).ConfigureAwait(false);
        var result = CaseResult.Of(
            name,
            examples.Length * Shapes.Context,
            "tokens",
            rounds,
            ("capture", "forward and backward"),
            ("ekfac fit", "forward and backward"),
            ("ekfac fit, sampled covariances", "forward and backward"));
        var peak = await PeakAsync(shape, tokens, IndexOptions.DefaultKeptMebibytes).ConfigureAwait(false);
        var nothingKept = await PeakAsync(shape, tokens, 0).ConfigureAwait(false);
        Console.WriteLine($"  most memory of a process that fits     {peak / (1 << 20),16:N0} MiB; nothing kept {nothingKept / (1 << 20):N0} MiB");
        var checks = new Dictionary<string, double>
        {
            ["parameters"] = config.ParameterCount,
            ["fit peak bytes"] = peak,
            ["fit peak bytes, nothing kept"] = nothingKept,
        };
        return result with { Checks = checks };
    }

    private static async Task<double> PeakAsync(string shape, int tokens, int keptMebibytes)
    {
        await using var child = ChildProcess.StartManaged(
            typeof(CaptureBenchmark).Assembly.GetName().Name!, [ChildRoles.Verb, ChildRoles.FitMemory, $"{shape} {tokens} {keptMebibytes}"]);
        var result = await child.ExitAsync(Patience).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new TdaException($"the fit whose memory is measured ended with {result.ExitCode}: {result.Error}");
        }

        return double.Parse(result.Output, CultureInfo.InvariantCulture);
    }

    private static void Fit(GradientCapture capture, MemoryRows rows, int covarianceTokens) =>
        new EkfacFitter(capture, new EkfacOptions { CovarianceTokens = covarianceTokens }).Fit(rows).Dispose();

    // As a trainer does it, without the optimiser.
    private static void Plain(LanguageModel model, TrainingExample[] examples)
    {
        foreach (var rows in Enumerable.Range(0, examples.Length).Chunk(BatchTokens / Shapes.Context))
        {
            using IDisposable scope = NewDisposeScope();
            var batch = Batch.Collate(examples, rows, model.Device);
            FlatGradient.Of(TokenLoss.Sum(model, batch, penaltyFloor: 0), model);
        }
    }

    // As an index's shard takes it.
    private static float[] Projected(Projector projector, CapturedBatch batch) => projector.Project(batch).data<float>().ToArray();
}
