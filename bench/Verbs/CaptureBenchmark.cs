using Tda.Bench.Running;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using Tda.Scoring.Projection;
using static TorchSharp.torch;

namespace Tda.Bench.Verbs;

/// <summary>What gradients per example cost beside one plain forward and backward pass over the same batches.</summary>
internal sealed class CaptureBenchmark : IBenchmark
{
    private const int BatchTokens = 2_048; // an index's default

    private const int Rank = 16;

    public string Name => "capture";

    public string Description => "Gradient capture, LoGra (rank 16) and the EK-FAC fit against plain forward and backward passes over the same batches.";

    public async IAsyncEnumerable<CaseResult> RunAsync(BenchOptions options)
    {
        foreach ((string name, ModelConfig config) in Shapes.All)
        {
            if (options.Wants(name))
                yield return await MeasureAsync(name, config, options).ConfigureAwait(false);
        }
    }

    private static async Task<CaseResult> MeasureAsync(string name, ModelConfig config, BenchOptions options)
    {
        // The fit's eigendecompositions don't grow with the corpus: on a few thousand tokens they would be most of it.
        int batches = options.Quick ? 2 : 16;
        TrainingExample[] examples = Shapes.Examples(config, batches * BatchTokens / Shapes.Context);
        MemoryRows rows = MemoryRows.FromTokens([.. examples.Select((_, i) => $"d{i}")], [.. examples.Select(example => example.Tokens)]);
        using LanguageModel model = LanguageModel.Create(config, seed: 1);
        var captured = new LanguageModelCapture(model);
        var capture = new GradientCapture(captured, new CaptureOptions { BatchTokens = BatchTokens });
        var fitter = new EkfacFitter(capture, new EkfacOptions());
        using Projector projector = Projector.Random(captured.Modules, Rank, seed: 0, model.DType, model.Device);
        Rounds rounds = await Rounds.RunAsync(
            options.Rounds,
            new LocalContender("forward and backward", () => Plain(model, examples)),
            new LocalContender("capture", () => capture.ForEach(rows, LabelSource.True, _ => { })),
            new LocalContender("logra", () => capture.ForEach(rows, LabelSource.True, batch => Projected(projector, batch))),
            new LocalContender("ekfac fit", () => fitter.Fit(rows).Dispose())).ConfigureAwait(false);
        return CaseResult.Of(
            name,
            examples.Length * Shapes.Context,
            "tokens",
            rounds,
            ("capture", "forward and backward"),
            ("logra", "forward and backward"),
            ("ekfac fit", "forward and backward"));
    }

    // As a trainer does it, without the optimiser.
    private static void Plain(LanguageModel model, TrainingExample[] examples)
    {
        foreach (int[] rows in Enumerable.Range(0, examples.Length).Chunk(BatchTokens / Shapes.Context))
        {
            using IDisposable scope = NewDisposeScope();
            Batch batch = Batch.Collate(examples, rows, model.Device);
            FlatGradient.Of(TokenLoss.Sum(model, batch, penaltyFloor: 0), model);
        }
    }

    // As an index's shard takes it.
    private static float[] Projected(Projector projector, CapturedBatch batch) => projector.Project(batch).data<float>().ToArray();
}
