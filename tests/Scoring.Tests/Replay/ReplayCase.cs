using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Gradients;
using Tda.Scoring.Replay;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Replay;

/// <summary>
/// A training small enough to be repeated with every document's weight moved: documents of one and of several rows, answers with log-probabilities
/// beside them, and a query. Clipping, warm-up, a falling rate and weight decay are on.
/// </summary>
internal sealed class ReplayCase : IDisposable
{
    /// <summary>A power of two: 1 ± ε are exact in the float32 of label weights.</summary>
    public const double Epsilon = 1.0 / 65536;

    private readonly LanguageModel _untrained;

    public ReplayCase(OptimizerKind optimizer, ModelFamily family = ModelFamily.Llama, ScalarType dtype = ScalarType.Float64, int documents = 4)
    {
        Rows = Reference.Rows.Split(documents, 2, vocabulary: 11);
        var answers = Reference.Rows.Random(2, vocabulary: 11, seed: 21);
        var named = answers.Load(1).Tokens[2];
        Examples =
        [
            .. Enumerable.Range(0, Rows.RowCount).Select(r => Rows.Load(r).Example()),
            answers.Load(0).Example(),
            // An answer whose second label has a target: two tokens were named there.
            answers.Load(1).Example() with { Targets = new SoftTargets(.5f, 2, [new TargetRun(2, 1, [named, (named % 10) + 1], [.6, .3])]) },
        ];
        Options = new TrainingOptions
        {
            Optimizer = optimizer,
            Epochs = 2,
            BatchTokens = 16,
            LearningRate = optimizer == OptimizerKind.ScheduleFree ? 2e-2 : 1e-2,
            WarmupFraction = .3,
            FinalLearningRateFraction = optimizer == OptimizerKind.ScheduleFree ? 1 : .2,
            WeightDecay = .1,
            GradientClip = .5,
            Epsilon = 1e-4,
            GradientShards = 2,
            Seed = 3,
        };
        _untrained = LanguageModelReference.Create(family, dtype);
        Query = Reference.Rows.Random(1, vocabulary: 11, seed: 33).Load(0).Example();
        Other = Reference.Rows.Random(1, vocabulary: 11, seed: 34).Load(0).Example();
    }

    public MemoryRows Rows { get; }

    public List<TrainingExample> Examples { get; }

    public TrainingOptions Options { get; init; }

    public TrainingExample Query { get; }

    public TrainingExample Other { get; }

    /// <summary>The model before its training; the caller disposes of it.</summary>
    public LanguageModel Untrained() => _untrained.Clone();

    /// <summary>∂loss/∂weight of all label tokens, by replay.</summary>
    public TokenDerivatives Replayed(long memory = 1L << 30, params TrainingExample[] queries)
    {
        using var model = Untrained();
        using var replay = new TrainingReplay(model, Examples, Options, Rows.RowCount, memory);
        replay.Forward();
        using var scope = NewDisposeScope();
        return replay.Backward([.. (queries.Length == 0 ? [Query] : queries).Select(query => Gradient(model, query))]);
    }

    /// <summary>Loss of the query after a training by <see cref="Trainer"/> in which label weights were changed.</summary>
    /// <param name="weight">Of row and token of an example.</param>
    public double LossAfter(Func<int, int, double> weight)
    {
        using var model = Untrained();
        TrainingExample[] examples = [.. Examples.Select((example, row) => example with
        {
            LabelWeights = [.. example.LabelWeights.Select((own, token) => (float)(own * weight(row, token)))],
        })];
        Trainer.Run(model, examples, Options);
        return Loss(model, Query);
    }

    /// <summary>The derivative by the weights of some tokens, by central differences of whole trainings.</summary>
    public double Difference(Func<int, int, bool> moved) =>
        (LossAfter((row, token) => moved(row, token) ? 1 + Epsilon : 1) - LossAfter((row, token) => moved(row, token) ? 1 - Epsilon : 1)) / (2 * Epsilon);

    /// <summary>Rows of a document.</summary>
    public int[] RowsOf(int document) => [.. Enumerable.Range(0, Rows.RowCount).Where(row => Rows.DocumentOf(row) == document)];

    public double OfDocument(TokenDerivatives derivatives, int document, int target = 0) => RowsOf(document).Sum(row => derivatives.Sum(target, row));

    public void Dispose() => _untrained.Dispose();

    public static double Loss(LanguageModel model, TrainingExample query)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        return TokenLoss.Sum(model, Batch.Collate([query], [0], CPU, model.WideType), 0).to(ScalarType.Float64).item<double>();
    }

    public static Tensor Gradient(LanguageModel model, TrainingExample query) =>
        FlatGradient.Of(TokenLoss.Sum(model, Batch.Collate([query], [0], CPU, model.WideType), 0), model);
}
