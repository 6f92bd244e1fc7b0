using Tda.Evaluation.Banks;
using Tda.Evaluation.Lds;
using Tda.Scoring.Ensembles;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;
using Tda.Scoring.Queries;
using static TorchSharp.torch;

namespace Tda.Evaluation.Proxies;

/// <summary>
/// What an attribution made with a proxy is worth for the target (2509.12581): the proxy's scores are graded by the LDS against
/// retrainings of the <em>target</em>, for what may be known of it.
/// <list type="number">
/// <item>The target is trained on all examples; its answers to the queries are what is explained.</item>
/// <item>It is retrained on random half subsets: the bank.</item>
/// <item>Proxies of every scenario are trained. Distilled ones learn the target's probabilities for the training inputs, others the
/// labels; none sees weights or retrainings.</item>
/// <item>Each proxy scores the training examples, by itself and as the mean of all members.</item>
/// </list>
/// </summary>
public sealed class ProxyStudy(ProxyTask task, ProxyStudyOptions options)
{
    private static readonly (string Name, string Meaning, bool Unknown, bool Distilled, int Training)[] Proxies =
    [
        ("S1", "same architecture, distilled on its outputs", false, true, 2),
        ("S2", "same architecture, labels only", false, false, 2),
        ("S3", "unknown architecture, distilled", true, true, 2),
        ("S4", "unknown architecture, labels only", true, false, 2),
        ("S5", "untrained, same architecture", false, false, 0),
        ("S5+", "few epochs, same architecture", false, false, 1),
    ];

    private int N => task.Training.Count;

    /// <summary>Runs it.</summary>
    public ProxyStudyResult Run(IProgressSink? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        using var scope = NewDisposeScope();
        using var steps = (progress ?? NullProgress.Instance).Start("Proxy study", Proxies.Length + 2, "steps");
        var features = tensor(task.Training.Concat(task.Queries).SelectMany(x => x).ToArray(), [N + task.Queries.Count, task.Inputs]);
        var (training, asked) = (features.narrow(0, 0, N), features.narrow(0, N, task.Queries.Count));
        var labels = OneHot();

        // 1. The target and its answers.
        using var target = Train(1, options.Target, training, labels, options.Epochs, Seed("target"), cancellation);
        var answers = Classes(target.Probabilities(0, asked));
        var fit = Classes(target.Probabilities(0, training)).Zip(task.Labels).Count(p => p.First == p.Second) / (double)N;
        var outputs = target.Probabilities(0, training);

        // 2. The bank.
        var outcomes = Retrain(training, labels, asked, answers, cancellation);
        steps.Report(1);

        // 3. and 4. Proxies, scored and graded.
        var rows = new StudyRows(task, answers);
        var lines = new List<ProxyScenarioResult>
        {
            Grade("S0", "the target itself", [Score(target, 0, features, rows, cancellation)], outcomes),
        };
        steps.Report(2);
        foreach (var proxy in Proxies)
        {
            var shape = proxy.Unknown ? options.Unknown : options.Target;
            var epochs = proxy.Training switch { 0 => 0, 1 => options.FewEpochs, _ => options.Epochs };
            using var models = Train(
                options.Members, shape, training, proxy.Distilled ? outputs : labels, epochs, Seed(proxy.Name), cancellation);
            var scores = Enumerable.Range(0, options.Members).Select(k => Score(models, k, features, rows, cancellation)).ToArray();
            lines.Add(Grade(proxy.Name, proxy.Meaning, scores, outcomes));
            steps.Report(lines.Count + 1);
        }
        lines.Add(Grade("random", "no information", [.. Enumerable.Range(0, options.Members).Select(Random)], outcomes));
        return new ProxyStudyResult(task.Name, fit, LdsGrader.Ceiling(outcomes, options.Lds), lines);
    }

    private ProxyScenarioResult Grade(string name, string meaning, IReadOnlyList<ScoreMatrix> members, RetrainingOutcomes outcomes)
    {
        var noInterval = options.Lds with { Bootstrap = options.Lds.Bootstrap with { Resamples = 0 } };
        double[] single = [.. members.Select(m => LdsGrader.Grade(m, outcomes, noInterval).Lds.Value)];
        var ensemble = members.Count > 1 ? LdsGrader.Grade(EnsembleSpread.Of(members).Mean, outcomes, options.Lds).Lds : null;
        return new ProxyScenarioResult(name, meaning, single.Average(), single, ensemble);
    }

    private ScoreMatrix Score(StackedMlp models, int k, Tensor features, StudyRows rows, CancellationToken cancellation)
    {
        using var member = models.Member(k, features);
        var context = new InfluenceContext { Capture = new GradientCapture(member), Documents = rows.Documents, Seed = options.Seed };
        using var influence = InfluenceMethods.Create(
            options.Method, context, new MethodOptions { DampingFactor = options.DampingFactor }, NullProgress.Instance, cancellation);
        return influence.Score(
            rows.Documents, rows.Queries, rows.Targets, influence.DefaultNormalisation,
            e => throw new InvalidOperationException($"{e.Id}: {e.Reason}"), NullProgress.Instance, cancellation);
    }

    private RetrainingOutcomes Retrain(
        Tensor training, Tensor labels, Tensor asked, IReadOnlyList<int> answers, CancellationToken cancellation)
    {
        var random = new SplitMix64((ulong)Seed("subsets"));
        var subsets = new int[options.Subsets][];
        for (var m = 0; m < subsets.Length; m++)
        {
            subsets[m] = Half(ref random);
        }

        int[][] examples = [.. subsets.SelectMany(s => Enumerable.Repeat(s, options.Retrainings))];
        using var models = new StackedMlp(examples.Length, task.Inputs, task.Classes, options.Target, Seed("retraining"));
        models.Train(training, labels, examples, options, options.Epochs, Seed("retraining-order"), cancellation);
        var losses = models.Losses(asked, answers);
        return new RetrainingOutcomes(
            [.. Enumerable.Range(0, N).Select(i => $"example-{i}")], [.. Enumerable.Range(0, task.Queries.Count).Select(i => $"query-{i}")],
            [.. subsets.Select(s => Kept(s))], [.. losses.Chunk(options.Retrainings)]);
    }

    private StackedMlp Train(
        int models, MlpShape shape, Tensor training, Tensor targets, int epochs, long seed, CancellationToken cancellation)
    {
        var stack = new StackedMlp(models, task.Inputs, task.Classes, shape, seed);
        int[] all = [.. Enumerable.Range(0, N)];
        stack.Train(training, targets, [.. Enumerable.Repeat(all, models)], options, epochs, seed + 1, cancellation);
        return stack;
    }

    private int[] Half(ref SplitMix64 random)
    {
        int[] order = [.. Enumerable.Range(0, N)];
        for (var i = N - 1; i > 0; i--)
        {
            var j = random.NextInt(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order[..(N / 2)];
    }

    private bool[] Kept(int[] subset)
    {
        var kept = new bool[N];
        foreach (var i in subset)
        {
            kept[i] = true;
        }

        return kept;
    }

    private ScoreMatrix Random(int member)
    {
        var random = new SplitMix64(SplitMix64.SequenceSeed(Seed("random"), member));
        var scores = new ScoreMatrix(task.Queries.Count, N);
        for (var q = 0; q < scores.Targets; q++)
        {
            ProxyTask.Normals(N, 1, ref random).CopyTo(scores.Row(q));
        }

        return scores;
    }

    private Tensor OneHot()
    {
        var values = new float[N * task.Classes];
        for (var i = 0; i < N; i++)
        {
            values[i * task.Classes + task.Labels[i]] = 1;
        }

        return tensor(values, [N, task.Classes]);
    }

    private static int[] Classes(Tensor probabilities) => [.. probabilities.argmax(1).data<long>().ToArray().Select(c => (int)c)];

    private long Seed(string stream) => (long)(RowKey.Of(stream, 0) ^ (ulong)options.Seed * 0x9E3779B97F4A7C15UL);
}

/// <summary>The study's table.</summary>
/// <param name="Task">What was learned.</param>
/// <param name="TargetAccuracy">Share of the training labels that the target reproduces.</param>
/// <param name="Ceiling">Noise ceiling of the retrainings.</param>
/// <param name="Scenarios">The lines.</param>
public sealed record ProxyStudyResult(
    string Task, double TargetAccuracy, NoiseCeiling? Ceiling, IReadOnlyList<ProxyScenarioResult> Scenarios)
{
    /// <summary>A line by name.</summary>
    public ProxyScenarioResult this[string scenario] => Scenarios.First(s => s.Scenario == scenario);
}

/// <summary>One line of the study's table.</summary>
/// <param name="Scenario">S0 to S5, or <c>random</c>.</param>
/// <param name="Meaning">What is known of the target, in words.</param>
/// <param name="Single">Mean LDS of the members, each alone.</param>
/// <param name="Members">LDS of every member.</param>
/// <param name="Ensemble">LDS of the members' mean score, with its interval; null for the target itself.</param>
public sealed record ProxyScenarioResult(string Scenario, string Meaning, double Single, IReadOnlyList<double> Members, Interval? Ensemble);

/// <summary>The study's examples and queries as rows: [place in the features, class].</summary>
internal sealed class StudyRows
{
    public StudyRows(ProxyTask task, IReadOnlyList<int> answers)
    {
        var n = task.Training.Count;
        Documents = MemoryRows.FromTokens(
            [.. Enumerable.Range(0, n).Select(i => $"example-{i}")], [.. task.Labels.Select((label, i) => new[] { i, label })]);
        Queries = MemoryRows.FromTokens(
            [.. Enumerable.Range(0, answers.Count).Select(i => $"query-{i}")], [.. answers.Select((label, i) => new[] { n + i, label })]);
        Targets = [.. Enumerable.Range(0, answers.Count).Select(i => new Target($"query-{i}", [i]))];
    }

    public MemoryRows Documents { get; }

    public MemoryRows Queries { get; }

    public IReadOnlyList<Target> Targets { get; }
}
