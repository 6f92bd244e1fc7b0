using Tda.Lab.Data;
using Tda.ProxyTrainer.Classifiers;

namespace Tda.Evaluation.Banks;

/// <summary>
/// What a bank of classifiers is about: documents (training examples) and queries (test examples) over one table of features, and how
/// models are trained on it. The same task gives the bank's retrainings and the models that methods score with.
/// </summary>
public sealed record ClassifierTask
{
    private const int MnistDocuments = 5_000;
    private const int MnistQueries = 500;

    /// <summary>Ids of the N documents.</summary>
    public required IReadOnlyList<string> Documents { get; init; }

    /// <summary>Ids of the Q queries.</summary>
    public required IReadOnlyList<string> Queries { get; init; }

    /// <summary>Classes of the documents, then of the queries.</summary>
    public required IReadOnlyList<int> Labels { get; init; }

    /// <summary>Row-major (N + Q, F): the documents' features, then the queries'.</summary>
    public required float[] Features { get; init; }

    /// <summary>Layers of the models.</summary>
    public required ClassifierShape Shape { get; init; }

    /// <summary>How they are trained.</summary>
    public required ClassifierOptions Training { get; init; }

    /// <summary>5,000 training and 500 test digits of MNIST, as dattri's benchmark has them, drawn from 10,000 by a fixed seed.</summary>
    /// <param name="digits">All digits.</param>
    /// <param name="model">Which model, with the training that suits it.</param>
    public static ClassifierTask Mnist(MnistDigits digits, MnistModel model)
    {
        var drawn = digits.Draw(MnistDocuments + MnistQueries, seed: 0);
        return new ClassifierTask
        {
            Documents = [.. drawn.Ids.Take(MnistDocuments)],
            Queries = [.. drawn.Ids.Skip(MnistDocuments)],
            Labels = drawn.Labels,
            Features = drawn.Pixels,
            Shape = new ClassifierShape(MnistDigits.Features, model == MnistModel.LogReg ? [] : [64], MnistDigits.Classes),
            Training = model == MnistModel.LogReg
                // Mean loss + wd/2·‖θ‖², which full-batch descent brings to its minimum: what is left of the seed is below rounding.
                ? new ClassifierOptions { LearningRate = .2, Momentum = .95, WeightDecay = .01, Epochs = 300 }
                : new ClassifierOptions
                {
                    LearningRate = .1,
                    Momentum = .9,
                    WeightDecay = .001,
                    Epochs = 20,
                    BatchSize = 128,
                    FinalLearningRateFraction = 0,
                },
        };
    }

    /// <summary>
    /// Row-major (E, 784): the digits that <see cref="Mnist"/> doesn't draw, neither documents nor queries. They play the inputs that
    /// clients asked a closed model, whose answers its log holds.
    /// </summary>
    public static float[] MnistLog(MnistDigits digits) =>
        digits.Draw(digits.Ids.Count, seed: 0).Pixels[((MnistDocuments + MnistQueries) * MnistDigits.Features)..];

    /// <summary>
    /// Classes with three modes each, of deviation 1 around random centres of deviation 1, with a share of the documents' labels drawn
    /// anew: documents then help some queries and hurt others. The models have layers of 24 and 16 with tanh, trained by stochastic
    /// gradient descent.
    /// </summary>
    /// <param name="documents">N.</param>
    /// <param name="queries">Q.</param>
    /// <param name="features">F.</param>
    /// <param name="classes">C.</param>
    /// <param name="seed">Seed of all that is drawn.</param>
    /// <param name="flipped">Share of the documents' labels drawn anew.</param>
    public static ClassifierTask Synthetic(
        int documents = 200, int queries = 60, int features = 16, int classes = 5, long seed = 0, double flipped = .05)
    {
        const int modes = 3;
        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, 0));
        float[] centres = [.. Enumerable.Range(0, classes * modes * features).Select(_ => (float)random.NextNormal())];
        var (labels, table) = (new int[documents + queries], new float[(documents + queries) * features]);
        for (var i = 0; i < labels.Length; i++)
        {
            var centre = random.NextInt(classes * modes);
            labels[i] = i < documents && random.NextDouble() < flipped ? random.NextInt(classes) : centre % classes;
            for (var j = 0; j < features; j++)
            {
                table[i * features + j] = centres[centre * features + j] + (float)random.NextNormal();
            }
        }
        return new ClassifierTask
        {
            Documents = [.. Enumerable.Range(0, documents).Select(i => $"example-{i}")],
            Queries = [.. Enumerable.Range(0, queries).Select(i => $"query-{i}")],
            Labels = labels,
            Features = table,
            Shape = new ClassifierShape(features, [24, 16], classes, ClassifierActivation.Tanh),
            Training = new ClassifierOptions { LearningRate = .05, Momentum = .9, WeightDecay = 1e-3, BatchSize = 20, Epochs = 40 },
        };
    }

    /// <summary>Trains models, on all documents or on subsets.</summary>
    /// <param name="seeds">One model each.</param>
    /// <param name="kept">Per model its documents; null: all.</param>
    /// <param name="orderSeed">Orders the documents.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public ClassifierRun Train(
        IReadOnlyList<long> seeds, IReadOnlyList<bool[]>? kept = null, long orderSeed = 0, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var own = kept ?? [.. seeds.Select(_ => Enumerable.Repeat(true, Documents.Count).ToArray())];
        return ClassifierTrainer.Run(
            Shape, Table(ScalarType.Float32).narrow(0, 0, Documents.Count), LabelTensor().narrow(0, 0, Documents.Count), own, seeds, orderSeed,
            Training with { Checkpoints = 1 }, cancellation: cancellation);
    }

    /// <summary>Losses of the queries, [K][Q], in nats.</summary>
    public double[][] QueryLosses(ClassifierStack stack)
    {
        using var scope = NewDisposeScope();
        var losses = stack.Losses(
            Table(Training.DType).narrow(0, Documents.Count, Queries.Count), LabelTensor().narrow(0, Documents.Count, Queries.Count));
        return [.. losses.to_type(ScalarType.Float64).contiguous().data<double>().ToArray().Chunk(Queries.Count)];
    }

    /// <summary>The likeliest class that a stack's first model gives to every document, then to every query.</summary>
    public int[] Answers(ClassifierStack stack)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        return [.. stack.Forward(Table(Training.DType)).select(0, 0).argmax(-1).data<long>().ToArray().Select(c => (int)c)];
    }

    /// <summary>The table of features, (N + Q, F), which the caller owns.</summary>
    public Tensor Table(ScalarType dtype) => tensor(Features, [Documents.Count + Queries.Count, Shape.Features]).to_type(dtype);

    /// <exception cref="UsageException">Names all that doesn't fit.</exception>
    public void Validate()
    {
        Shape.Validate();
        Training.Validate();
        var examples = Documents.Count + Queries.Count;
        var errors = new OptionChecks()
            .Require(Labels.Count == examples, $"{Labels.Count} labels for {examples} examples")
            .Require(
                Features.Length == (long)examples * Shape.Features,
                $"{Features.Length} features for {examples} examples of {Shape.Features}")
            .Require(Labels.All(label => label >= 0 && label < Shape.Classes), $"a label outside 0 to {Shape.Classes - 1}")
            .Errors;
        if (errors.Count > 0)
        {
            throw new UsageException($"The classifiers' task is wrong: {string.Join("; ", errors)}.");
        }
    }

    private Tensor LabelTensor() => tensor(Labels.Select(label => (long)label).ToArray(), [Labels.Count], dtype: ScalarType.Int64);
}

/// <summary>Models of the MNIST bank.</summary>
public enum MnistModel
{
    /// <summary>Logistic regression, 784-10, trained to its minimum.</summary>
    LogReg,

    /// <summary>784-64-10 with ReLU, stochastic gradient descent.</summary>
    Mlp,
}
