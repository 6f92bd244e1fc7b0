using Tda.Core.Progress;
using Tda.ProxyTrainer.Classifiers;
using Tda.Scoring.Capture;
using Tda.Scoring.Methods;
using static TorchSharp.torch;

namespace Tda.Scoring.Evaluation.Grading;

/// <summary>
/// Trains the classifiers that score a bank of classifiers: the target itself (S0), or proxies of the same or another architecture.
/// Owns them and the table of features.
/// </summary>
public sealed class ClassifierBankModels : IDisposable
{
    private readonly Tensor features;
    private readonly Tensor labels;
    private readonly MemoryRows documents;
    private readonly MemoryRows queries;
    private readonly List<IDisposable> owned = [];

    /// <summary>The bank's task.</summary>
    /// <param name="documentIds">Ids of the N documents, in the bank's order.</param>
    /// <param name="queryIds">Ids of the Q queries.</param>
    /// <param name="table">Row-major (N + Q, F), float32: the documents' features, then the queries'.</param>
    /// <param name="classes">Classes of the documents, then of the queries.</param>
    public ClassifierBankModels(
        IReadOnlyList<string> documentIds, IReadOnlyList<string> queryIds, float[] table, IReadOnlyList<int> classes)
    {
        var (n, all) = (documentIds.Count, documentIds.Count + queryIds.Count);
        if (classes.Count != all || table.Length % all != 0)
            throw new ArgumentException($"{classes.Count} classes and {table.Length} features for {all} examples", nameof(classes));
        documents = ClassifierRows.Of(documentIds, [.. classes.Take(n)], 0);
        queries = ClassifierRows.Of(queryIds, [.. classes.Skip(n)], n);
        features = tensor(table, [all, table.Length / all]).DetachFromDisposeScope();
        labels = tensor(classes.Take(n).Select(c => (long)c).ToArray(), [n], dtype: ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>Trains models on all documents; each is a member with the checkpoints of its training.</summary>
    /// <param name="name">Of the scenario.</param>
    /// <param name="meaning">In words.</param>
    /// <param name="shape">Architecture.</param>
    /// <param name="options">Training.</param>
    /// <param name="seeds">One model each; below 1,000, the bank's retrainings have those above.</param>
    /// <param name="capture">Batch size and label seed.</param>
    /// <param name="progress">Steps.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public GradedScenario Train(
        string name, string meaning, ClassifierShape shape, ClassifierOptions options, IReadOnlyList<long> seeds,
        CaptureOptions? capture = null, IProgressSink? progress = null, CancellationToken cancellation = default)
    {
        var n = documents.DocumentCount;
        bool[] whole = [.. Enumerable.Repeat(true, n)];
        var run = ClassifierTrainer.Run(
            shape, features.narrow(0, 0, n), labels, [.. seeds.Select(_ => whole)], seeds, orderSeed: 0, options, keepCheckpoints: true,
            progress, cancellation);
        owned.Add(run);
        var table = features.to_type(options.DType).DetachFromDisposeScope();
        owned.Add(table);
        return new GradedScenario(name, meaning, [.. run.Checkpoints.Select(checkpoints =>
        {
            var model = new ClassifierCapture(checkpoints[^1].Model, table);
            return new GradedMember(
                new InfluenceContext
                {
                    Capture = new GradientCapture(model, capture),
                    Documents = documents,
                    Trajectory = ClassifierTrajectory.Of(checkpoints, table, options.Momentum, capture),
                    Seed = (capture ?? new CaptureOptions()).Seed,
                },
                queries);
        })]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in owned) one.Dispose();
        features.Dispose();
        labels.Dispose();
    }
}
