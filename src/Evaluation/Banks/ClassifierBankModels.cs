using Tda.ProxyTrainer.Classifiers;

namespace Tda.Evaluation.Banks;

/// <summary>
/// Trains the classifiers that score a bank of classifiers: the target itself (S0), or proxies of the same or another architecture,
/// which learn labels, the target's answers, or both. Owns them and the table of features.
/// </summary>
public sealed class ClassifierBankModels : IDisposable
{
    private readonly Tensor _features;
    private readonly Tensor _labels;
    private readonly Tensor? _log;
    private readonly MemoryRows _documents;
    private readonly MemoryRows _queries;
    private readonly CaptureOptions _capture;
    private readonly List<IDisposable> _owned = [];
    private Classifier? _target;

    /// <summary>The bank's task.</summary>
    /// <param name="task">Documents and queries in the bank's order, their features and classes.</param>
    /// <param name="log">Row-major (E, F): inputs that the target was asked besides, whose answers are in its log; null: none.</param>
    /// <param name="capture">Batch size and label seed.</param>
    public ClassifierBankModels(ClassifierTask task, float[]? log = null, CaptureOptions? capture = null)
    {
        var (n, width) = (task.Documents.Count, task.Shape.Features);
        _documents = ClassifierRows.Of(task.Documents, [.. task.Labels.Take(n)], 0);
        _queries = ClassifierRows.Of(task.Queries, [.. task.Labels.Skip(n)], n);
        _features = task.Table(ScalarType.Float32).DetachFromDisposeScope();
        _labels = tensor(task.Labels.Take(n).Select(c => (long)c).ToArray(), [n], dtype: ScalarType.Int64).DetachFromDisposeScope();
        _log = log is { Length: > 0 } ? tensor(log, [log.Length / width, width]).DetachFromDisposeScope() : null;
        _capture = capture ?? new CaptureOptions();
    }

    /// <summary>Trains the target, whose answers proxies may learn: one model on all documents and their labels.</summary>
    /// <inheritdoc cref="Train"/>
    public GradedScenario TrainTarget(
        string name, string meaning, ClassifierShape shape, ClassifierOptions options, long seed, IProgressSink? progress = null,
        CancellationToken cancellation = default)
    {
        var run = Run(shape, options, [seed], ClassifierLesson.Labels, progress, cancellation);
        _target = run.Checkpoints[0][^1].Model;
        return Scenario(name, meaning, run, options);
    }

    /// <summary>Trains models on all documents; each is a member with the checkpoints of its training.</summary>
    /// <param name="name">Of the scenario.</param>
    /// <param name="meaning">In words.</param>
    /// <param name="shape">Architecture.</param>
    /// <param name="options">Training.</param>
    /// <param name="seeds">One model each; below 1,000, the bank's retrainings have those above.</param>
    /// <param name="lesson">What they learn from.</param>
    /// <param name="progress">Steps.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="InvalidOperationException">The lesson has answers, and there is no target or no log.</exception>
    public GradedScenario Train(
        string name, string meaning, ClassifierShape shape, ClassifierOptions options, IReadOnlyList<long> seeds,
        ClassifierLesson lesson = ClassifierLesson.Labels, IProgressSink? progress = null, CancellationToken cancellation = default) =>
        Scenario(name, meaning, Run(shape, options, seeds, lesson, progress, cancellation), options);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in _owned)
        {
            one.Dispose();
        }

        _features.Dispose();
        _labels.Dispose();
        _log?.Dispose();
    }

    private GradedScenario Scenario(string name, string meaning, ClassifierRun run, ClassifierOptions options)
    {
        var table = _features.to_type(options.DType).DetachFromDisposeScope();
        _owned.Add(table);
        return new GradedScenario(name, meaning, [.. run.Checkpoints.Select(checkpoints => new GradedMember(
            new InfluenceContext
            {
                Capture = new GradientCapture(new ClassifierCapture(checkpoints[^1].Model, table), _capture),
                Documents = _documents,
                Trajectory = ClassifierTrajectory.Of(checkpoints, table, options.Momentum, _capture),
                Seed = _capture.Seed,
            },
            _queries))]);
    }

    private ClassifierRun Run(
        ClassifierShape shape, ClassifierOptions options, IReadOnlyList<long> seeds, ClassifierLesson lesson, IProgressSink? progress,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var known = _features.narrow(0, 0, _documents.DocumentCount);
        var examples = lesson switch
        {
            ClassifierLesson.Labels => ClassifierExamples.Labelled(known, _labels, shape.Classes),
            ClassifierLesson.Answers => ClassifierExamples.Distilled(Target(), known),
            _ => ClassifierExamples.Labelled(known, _labels, shape.Classes).And(ClassifierExamples.Distilled(
                Target(), _log ?? throw new InvalidOperationException("There is no log to learn from."))),
        };
        bool[] whole = [.. Enumerable.Repeat(true, (int)examples.Features.shape[0])];
        var run = ClassifierTrainer.Run(
            shape, examples, [.. seeds.Select(_ => whole)], seeds, orderSeed: 0, options, keepCheckpoints: true, progress, cancellation);
        _owned.Add(run);
        return run;

        Classifier Target() => _target ?? throw new InvalidOperationException("The target must be trained before proxies learn its answers.");
    }
}

/// <summary>What proxies of a classifier learn from.</summary>
public enum ClassifierLesson
{
    /// <summary>The documents' labels alone: nothing is seen of the target.</summary>
    Labels,

    /// <summary>The documents' labels, and the target's probabilities for the inputs of its log.</summary>
    LabelsAndLog,

    /// <summary>The target's probabilities for the documents, in place of their labels, as in the proxy study.</summary>
    Answers,
}
