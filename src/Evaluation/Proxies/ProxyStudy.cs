using Tda.Evaluation.Banks;
using Tda.ProxyTrainer.Classifiers;

namespace Tda.Evaluation.Proxies;

/// <summary>
/// What an attribution made with a proxy is worth for the target (2509.12581): the proxy's scores are graded by the LDS against
/// retrainings of the <em>target</em>, for what may be known of it.
/// <list type="number">
/// <item>The target is trained on all documents; its answers to the queries are what is explained.</item>
/// <item>It is retrained on random half subsets: the bank.</item>
/// <item>Proxies of every scenario are trained. Distilled ones learn the target's probabilities for the documents, others the
/// labels; none sees weights or retrainings.</item>
/// <item>Each proxy scores the documents, by itself and as the mean of all members.</item>
/// </list>
/// </summary>
/// <param name="task">Documents, queries, and the target's architecture and training.</param>
/// <param name="options">How many subsets and proxies, and how they are scored.</param>
public sealed class ProxyStudy(ClassifierTask task, ProxyStudyOptions options)
{
    /// <summary>Hidden layers, with ReLU, of proxies where the target's architecture is unknown.</summary>
    private static readonly int[] UnknownHidden = [40];

    /// <summary>Runs it.</summary>
    /// <exception cref="UsageException">Options or task are wrong.</exception>
    /// <exception cref="TdaException">The method failed in a scenario.</exception>
    public ProxyStudyResult Run(IProgressSink? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        task.Validate();
        using var steps = (progress ?? NullProgress.Instance).Start("Proxy study", 3, "steps");

        // 1. The target and its answers.
        var (n, seed) = (task.Documents.Count, Seed("target"));
        using var target = task.Train([seed], cancellation: cancellation);
        var answers = task.Answers(target.Stack);
        var asked = task with { Labels = [.. task.Labels.Take(n), .. answers.Skip(n)] };

        // 2. The bank.
        var outcomes = Retrain(asked, cancellation);
        steps.Report(1);

        // 3. Proxies.
        using var models = new ClassifierBankModels(asked, capture: new CaptureOptions { Seed = options.Seed });
        var scenarios = Scenarios(models, seed, cancellation);
        steps.Report(2);

        // 4. Their grades.
        var report = new BankGrader(outcomes, options.Grading).Run(scenarios, cancellation: cancellation);
        if (report.NotRun is [var failure, ..])
        {
            throw new TdaException($"{failure.Method} gave no scores in scenario {failure.Scenario}: {failure.Reason}");
        }

        steps.Report(3);
        return new ProxyStudyResult(answers.Take(n).Zip(task.Labels).Count(p => p.First == p.Second) / (double)n, report);
    }

    // Retrainings of one number share the order of the documents, and differ from those of another in weights and order.
    private RetrainingOutcomes Retrain(ClassifierTask asked, CancellationToken cancellation)
    {
        var plan = BankPlan.HalfSubsets(task.Documents, task.Queries, options.Subsets, options.Retrainings, Seed("subsets"));
        var losses = new double[options.Retrainings][][];
        for (var r = 0; r < losses.Length; r++)
        {
            long[] seeds = [.. Enumerable.Range(0, options.Subsets).Select(m => Seed("retraining") + new Retraining(m, r).TrainingSeed)];
            using var run = asked.Train(seeds, plan.Kept, orderSeed: Seed("order") + r, cancellation: cancellation);
            losses[r] = asked.QueryLosses(run.Stack);
        }

        return new RetrainingOutcomes(
            plan.Documents, plan.Queries, plan.Kept,
            [.. Enumerable.Range(0, options.Subsets).Select(m => losses.Select(round => round[m]).ToArray())]);
    }

    private IReadOnlyList<GradedScenario> Scenarios(ClassifierBankModels models, long target, CancellationToken cancellation)
    {
        var unknown = task.Shape with { Hidden = UnknownHidden, Activation = ClassifierActivation.Relu };
        return
        [
            models.TrainTarget("S0", "the target itself", task.Shape, task.Training, target, cancellation: cancellation),
            Proxies("S1", "same architecture, distilled on its outputs", task.Shape, task.Training.Epochs, ClassifierLesson.Answers),
            Proxies("S2", "same architecture, labels only", task.Shape, task.Training.Epochs),
            Proxies("S3", "unknown architecture, distilled", unknown, task.Training.Epochs, ClassifierLesson.Answers),
            Proxies("S4", "unknown architecture, labels only", unknown, task.Training.Epochs),
            Proxies("S5", "untrained, same architecture", task.Shape, 0),
            Proxies("S5+", "few epochs, same architecture", task.Shape, options.FewEpochs),
        ];

        GradedScenario Proxies(
            string name, string meaning, ClassifierShape shape, int epochs, ClassifierLesson lesson = ClassifierLesson.Labels)
        {
            long[] seeds = [.. Enumerable.Range(0, options.Members).Select(k => Seed(name) + k)];
            var training = task.Training with { Epochs = epochs };
            return models.Train(name, meaning, shape, training, seeds, lesson, cancellation: cancellation);
        }
    }

    private long Seed(string stream) => (long)(RowKey.Of(stream, 0) ^ (ulong)options.Seed * 0x9E3779B97F4A7C15UL);
}

/// <summary>How the proxy study is run.</summary>
public sealed record ProxyStudyOptions
{
    /// <summary>M, random half subsets that the target is retrained on, 3 to 10,000. Default 100.</summary>
    public int Subsets { get; init; } = 100;

    /// <summary>R, retrainings a subset, 1 to 100. Default 5.</summary>
    public int Retrainings { get; init; } = 5;

    /// <summary>Proxies of every scenario, 2 to 100; the ensemble is their mean score. Default 5.</summary>
    public int Members { get; init; } = 5;

    /// <summary>Passes of the barely trained proxies of S5+, 1 to 10,000. Default 5.</summary>
    public int FewEpochs { get; init; } = 5;

    /// <summary>The influence method that proxies are scored with. Default <c>ekfac</c>.</summary>
    public string Method { get; init; } = "ekfac";

    /// <summary>Seed of subsets, weights and orders. Default 0.</summary>
    public long Seed { get; init; }

    internal BankGraderOptions Grading => new() { Methods = [Method] };

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate()
    {
        new OptionChecks()
            .Between("subsets", Subsets, 3, 10_000)
            .Between("retrainings", Retrainings, 1, 100)
            .Between("members", Members, 2, 100)
            .Between("few epochs", FewEpochs, 1, 10_000)
            .Throw("The study's");
        Grading.Validate();
    }
}

/// <summary>The study's table.</summary>
/// <param name="TargetAccuracy">Share of the training labels that the target reproduces.</param>
/// <param name="Report">A grade a scenario, S0 to S5+; the noise ceiling above and random scores below.</param>
public sealed record ProxyStudyResult(double TargetAccuracy, BankReport Report)
{
    /// <summary>A line by name.</summary>
    public MethodGrade this[string scenario] => Report.Grades.First(g => g.Scenario == scenario);
}
