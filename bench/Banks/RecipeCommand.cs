using System.CommandLine;
using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Engine;

namespace Tda.Bench.Banks;

/// <summary>`recipe`: what `tda distill --for-attribution` is worth on the text banks, beside the closed model's own weights and n-grams.</summary>
internal static class RecipeCommand
{
    public static Command Build()
    {
        var home = new Option<string>("--home") { Description = "Tda home of the verb `banks`.", DefaultValueFactory = _ => "bench-banks" };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var bank = new Option<string>("--bank") { Description = $"Which: {string.Join(", ", TextBankSetup.All.Select(setup => setup.Name))}.", DefaultValueFactory = _ => TextBankSetup.Text.Name };
        var retrain = new Option<int>("--retrainings") { Description = "Halves that a surrogate with the closed model's tokenizer is retrained on for method datamodel; 0: none, and no ceiling.", DefaultValueFactory = _ => 128 };
        var command = new Command("recipe", "Distils as tda distill --for-attribution does, with the closed model's tokenizer and without, and grades on a text bank. Half an hour; resumable.")
        { home, results, bank, retrain };
        command.SetAction(async (parse, cancel) =>
        {
            var setup = TextBankSetup.All.FirstOrDefault(setup => setup.Name == parse.GetValue(bank))
                ?? throw new UsageException($"--bank {parse.GetValue(bank)}: text banks are {string.Join(", ", TextBankSetup.All.Select(setup => setup.Name))}");
            TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
            using var progress = new ConsoleProgress(TimeProvider.System);
            await new RecipeStudy(new TdaHome(parse.GetValue(home)!), setup, parse.GetValue(retrain), parse.GetValue(results)!, progress, cancel).RunAsync().ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
